// An address that mail can be sent to, and that means one mailbox only: the plain ASCII core of RFC 5321 and 5322.

/// A dot-atom, an at sign and a domain of two or more labels. Nothing quoted, nothing trimmed, nothing guessed.
public struct EmailAddress: Sendable, Hashable {
    /// RFC 5321, section 4.5.3.1.1.
    static let maximumLocalPartByteCount = 64
    /// RFC 5321's path of 256 without its angle brackets.
    static let maximumByteCount = 254

    /// As the client typed it: what mail goes to.
    public let typed: String
    /// Lower case: what makes two addresses the same.
    public let identity: String

    /// Why an address was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words, without the address.
        public let hint: String
    }

    /// Checks the address.
    public init(_ typed: String) throws(Invalid) {
        let bytes = Array(typed.utf8)
        guard bytes.count <= Self.maximumByteCount else {
            throw Invalid(hint: "an address has at most \(Self.maximumByteCount) bytes")
        }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Invalid(hint: "an address has exactly one @ sign") }
        try Self.checkLocalPart(parts[0])
        try Self.checkDomain(parts[1])
        self.typed = typed
        identity = String(decoding: bytes.map(lowerCased), as: UTF8.self)
    }

    /// The address as limits see it: lower case and without a `+tag`, so that tags do not multiply what one mailbox may ask for.
    public var limitSubject: String {
        guard let at = identity.firstIndex(of: "@"),
            let plus = identity[..<at].firstIndex(of: "+"),
            plus > identity.startIndex
        else { return identity }
        return String(identity[..<plus] + identity[at...])
    }

    /// What a guesser who knows the address tries as a password: the whole, the name before the @ sign, the domain's labels.
    public var guessableWords: [String] {
        [identity] + identity.split { $0 == "@" }.prefix(1).map { String($0) }
            + identity.drop { $0 != "@" }.split { $0 == "@" || $0 == "." }.map { String($0) }
    }
}

// MARK: - The rules

extension EmailAddress {
    private static func checkLocalPart(_ local: ArraySlice<UInt8>) throws(Invalid) {
        guard !local.isEmpty else { throw Invalid(hint: "something must stand before the @ sign") }
        guard local.count <= maximumLocalPartByteCount else {
            throw Invalid(hint: "the part before the @ sign has at most \(maximumLocalPartByteCount) bytes")
        }
        guard local.allSatisfy({ isAtomText($0) || $0 == UInt8(ascii: ".") }) else {
            throw Invalid(
                hint: "the part before the @ sign may hold only ASCII letters, digits, dots and #$&'*+-/=?^_`{|}~"
            )
        }
        guard !local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).contains(where: \.isEmpty)
        else { throw Invalid(hint: "dots before the @ sign must stand single and between other characters") }
        // A mail program could take it for an option.
        guard local.first != UInt8(ascii: "-") else { throw Invalid(hint: "an address must not begin with a hyphen") }
        // What shells, loggers and templates expand.
        guard !zip(local, local.dropFirst()).contains(where: { $0 == (UInt8(ascii: "$"), UInt8(ascii: "{")) }) else {
            throw Invalid(hint: "an address must not hold a dollar sign followed by an opening brace")
        }
    }

    private static func checkDomain(_ domain: ArraySlice<UInt8>) throws(Invalid) {
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let topLevel = labels.last else {
            throw Invalid(hint: "the part after the @ sign must be a domain with a dot, such as example.org")
        }
        for label in labels {
            guard (1...63).contains(label.count) else {
                throw Invalid(hint: "between the dots of a domain stand 1 to 63 characters")
            }
            guard label.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
                throw Invalid(
                    hint:
                        "a domain holds only ASCII letters, digits, hyphens and dots (write another alphabet as xn--…)"
                )
            }
            guard label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
                throw Invalid(hint: "no part of a domain may begin or end with a hyphen")
            }
        }
        // Such a domain is an IP address, whole or cut short.
        guard !topLevel.allSatisfy(isDigit) else {
            throw Invalid(hint: "a domain must not end in a number; addresses of machines are not taken")
        }
    }
}

/// RFC 5322's `atext` without `%` and `!`, which old mailers take for routes to somewhere else.
private func isAtomText(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || otherAtomText.contains(byte)
}

private let otherAtomText = Array("#$&'*+-/=?^_`{|}~".utf8)

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowerCased(byte))
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func lowerCased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
}
