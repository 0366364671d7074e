// Text in mail headers: plain where ASCII allows it, else encoded words (RFC 2047).

enum HeaderText {
    /// A subject: as it is when it is short plain ASCII, else encoded words on lines of their own.
    static func unstructured(_ text: String) -> String {
        text.utf8.count <= plainByteCount && isPlain(text) ? text : encodedWords(text)
    }

    /// A display name before an address: atoms, else a quoted string, else encoded words, behind which a long address has a line of its
    /// own.
    static func phrase(_ text: String, before address: String) -> String {
        guard !isPlain(text) else { return "\(plainPhrase(text)) <\(address)>" }
        let words = encodedWords(text)
        let lastLine = words.utf8.split(separator: UInt8(ascii: "\n")).last ?? words.utf8[...]
        let isLong = longestName.utf8.count + lastLine.count + " <>".utf8.count + address.utf8.count > lineByteCount
        return "\(words)\(isLong ? "\r\n" : "") <\(address)>"
    }

    private static func plainPhrase(_ text: String) -> String {
        let space = UInt8(ascii: " ")
        if text.utf8.allSatisfy({ ASCII.isAtomText($0) || $0 == space }) { return text }
        let escaped = text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }

    /// Leaves room for the field's name within the 78 bytes a line should have.
    private static let plainByteCount = 66
    /// Of a line with encoded words (RFC 2047, section 2).
    private static let lineByteCount = 76
    /// Of the fields that have them.
    private static let longestName = "Subject: "
    /// Less the space before it and `=?UTF-8?B??=`, 63 bytes of a line are left; 45 bytes are 60 in base64.
    private static let bytesPerWord = 45
    /// Beside the name, 55 are left; 39 bytes are 52.
    private static let bytesInFirstWord = 39

    /// `=?` begins an encoded word: text that holds it must be encoded itself to be read as written.
    private static func isPlain(_ text: String) -> Bool {
        var previous: UInt8?
        for byte in text.utf8 {
            let beginsWord = previous == UInt8(ascii: "=") && byte == UInt8(ascii: "?")
            guard ASCII.isPrintable(byte), !beginsWord else { return false }
            previous = byte
        }
        return true
    }

    /// One word a line; a character is never split between two.
    private static func encodedWords(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let room = words.count == 1 ? bytesInFirstWord : bytesPerWord
            if words[words.count - 1].count + bytes.count > room { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
    }
}
