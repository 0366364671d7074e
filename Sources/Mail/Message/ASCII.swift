// The character classes of mail's grammar (RFC 5321, RFC 5322), by byte.

enum ASCII {
    /// A letter or digit.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            false
        }
    }

    /// `atext` of RFC 5322, section 3.2.3.
    static func isAtomText(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || symbols.contains(byte)
    }

    /// A visible character: neither space nor control nor beyond ASCII.
    static func isVisible(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte)
    }

    /// A visible character or a space.
    static func isPrintable(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte)
    }

    /// A decimal digit.
    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static let symbols = Array("!#$%&'*+-/=?^_`{|}~".utf8)
}

/// Host names by letters, digits and hyphens (RFC 1123), of one or more labels.
enum HostName {
    static func isValid(_ name: some Collection<UInt8>) -> Bool {
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.count <= 253 && labels.allSatisfy { isLabel(Array($0)) }
    }

    private static func isLabel(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        let hyphen = UInt8(ascii: "-")
        return first != hyphen && last != hyphen && bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == hyphen }
    }
}

extension Unicode.Scalar {
    /// C0, DEL, C1, and the two separators that some programs take for line ends.
    var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029
    }
}
