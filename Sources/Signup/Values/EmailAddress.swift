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
        var text = typed
        // In place: every request that names an address comes through here.
        let (problem, isLowerCase) = text.withUTF8 { bytes in
            (Self.problem(Bytes(rebasing: bytes[...])), bytes.allSatisfy { lowerCased($0) == $0 })
        }
        if let problem { throw Invalid(hint: problem) }
        self.typed = typed
        identity = isLowerCase ? typed : String(decoding: typed.utf8.map(lowerCased), as: UTF8.self)
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

private typealias Bytes = UnsafeBufferPointer<UInt8>

/// Each says what to mend, or `nil`.
extension EmailAddress {
    private static func problem(_ address: Bytes) -> String? {
        guard address.count <= maximumByteCount else { return "an address has at most \(maximumByteCount) bytes" }
        guard let at = address.firstIndex(of: UInt8(ascii: "@")),
            case let (local, domain) = (Bytes(rebasing: address[..<at]), Bytes(rebasing: address[(at + 1)...])),
            !domain.contains(UInt8(ascii: "@"))
        else { return "an address has exactly one @ sign" }
        return problem(localPart: local) ?? problem(domain: domain)
    }

    private static func problem(localPart local: Bytes) -> String? {
        guard let first = local.first, let last = local.last else { return "something must stand before the @ sign" }
        guard local.count <= maximumLocalPartByteCount else {
            return "the part before the @ sign has at most \(maximumLocalPartByteCount) bytes"
        }
        guard local.allSatisfy({ isAtomText($0) || $0 == dot }) else {
            return "the part before the @ sign may hold only ASCII letters, digits, dots and #$&'*+-/=?^_`{|}~"
        }
        guard first != dot, last != dot, !local.contains(dot, dot) else {
            return "dots before the @ sign must stand single and between other characters"
        }
        // A mail program could take it for an option.
        guard first != hyphen else { return "an address must not begin with a hyphen" }
        // What shells, loggers and templates expand.
        guard !local.contains(UInt8(ascii: "$"), UInt8(ascii: "{")) else {
            return "an address must not hold a dollar sign followed by an opening brace"
        }
        return nil
    }

    private static func problem(domain: Bytes) -> String? {
        guard domain.contains(dot) else {
            return "the part after the @ sign must be a domain with a dot, such as example.org"
        }
        var rest = domain[...]
        while true {
            let label = Bytes(rebasing: rest.prefix { $0 != dot })
            if let problem = problem(label: label) { return problem }
            guard label.count < rest.count else {
                // The last one. Such a domain is an IP address, whole or cut short.
                let isNumber = label.allSatisfy(isDigit)
                return isNumber ? "a domain must not end in a number; addresses of machines are not taken" : nil
            }
            rest = rest.dropFirst(label.count + 1)
        }
    }

    private static func problem(label: Bytes) -> String? {
        guard (1...63).contains(label.count) else { return "between the dots of a domain stand 1 to 63 characters" }
        guard label.allSatisfy({ isLetterOrDigit($0) || $0 == hyphen }) else {
            return "a domain holds only ASCII letters, digits, hyphens and dots (write another alphabet as xn--…)"
        }
        guard label.first != hyphen, label.last != hyphen else {
            return "no part of a domain may begin or end with a hyphen"
        }
        return nil
    }
}

extension Bytes {
    /// Whether these two stand side by side anywhere.
    fileprivate func contains(_ first: UInt8, _ second: UInt8) -> Bool {
        indices.dropLast().contains { self[$0] == first && self[$0 + 1] == second }
    }
}

private let dot = UInt8(ascii: ".")
private let hyphen = UInt8(ascii: "-")

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
