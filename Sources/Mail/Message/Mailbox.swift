// Who a mail comes from, as an operator writes it: `Name <address>` or a bare address.

/// A display name and an address, ready for a header and for the envelope.
public struct Mailbox: Sendable, Equatable {
    /// Why a mailbox was refused.
    public struct Invalid: Error, Sendable, Equatable {
        /// What to mend, in words.
        public let hint: String
    }

    /// As people read it; `nil` for a bare address.
    public let displayName: String?
    /// An ASCII dot-atom, `@`, and a host name of one or more labels (`signupd@localhost` is fine).
    public let address: String
    /// As it stands in a From header: the name as an atom, a quoted string or an encoded word, whichever it needs.
    let headerText: String

    /// Reads `Name <address>`, `"Name" <address>` or `address`.
    public init(_ text: String) throws(Invalid) {
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            throw Invalid(hint: "control characters have no place in a mailbox")
        }
        if text.hasSuffix(">") {
            guard let open = text.lastIndex(of: "<") else { throw Invalid(hint: "`>` without `<`") }
            displayName = try Self.readName(text[..<open])
            address = String(text[text.index(after: open)...].dropLast())
        } else {
            displayName = nil
            address = text
        }
        headerText = displayName.map { [address] in HeaderText.phrase($0, before: address) } ?? address
        try Self.check(address: address)
    }

    /// What follows the `@`.
    public var domain: String {
        String(address[address.index(after: atSign)...])
    }

    private var atSign: String.Index {
        address.firstIndex(of: "@") ?? address.startIndex
    }

    private static func readName(_ text: Substring) throws(Invalid) -> String? {
        let name = trimmed(text)
        if name.isEmpty { return nil }
        guard name.utf8.count <= Limits.displayNameByteCount else {
            throw Invalid(hint: "the name has more than \(Limits.displayNameByteCount) bytes")
        }
        guard name.hasPrefix("\"") else {
            guard !name.contains("\"") else {
                throw Invalid(hint: "a quote inside the name; quote all of it or nothing")
            }
            return name
        }
        return try unquoted(name)
    }

    private static func unquoted(_ name: String) throws(Invalid) -> String {
        guard name.count >= 2, name.hasSuffix("\"") else { throw Invalid(hint: "the name's closing quote is missing") }
        var result = ""
        var isEscaped = false
        for character in name.dropFirst().dropLast() {
            if !isEscaped, character == "\\" {
                isEscaped = true
                continue
            }
            guard isEscaped || character != "\"" else { throw Invalid(hint: "a bare quote inside the quoted name") }
            result.append(character)
            isEscaped = false
        }
        guard !isEscaped else { throw Invalid(hint: "the name's closing quote is missing") }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " }
        let end = start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex
        return String(start[..<end])
    }

    private static func check(address: String) throws(Invalid) {
        let halves = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw Invalid(hint: "an address has one @") }
        let atoms = halves[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard halves[0].count <= 64, atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(ASCII.isAtomText) }) else {
            throw Invalid(hint: "the part before the @ is not a plain one (letters, digits, dots, dashes …)")
        }
        guard address.utf8.count <= 254, HostName.isValid(halves[1]) else {
            throw Invalid(hint: "the part after the @ is not a host name")
        }
    }
}
