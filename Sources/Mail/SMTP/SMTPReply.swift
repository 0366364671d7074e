// A server's reply: three digits and some text, over one line or several (RFC 5321, section 4.2.1).

struct SMTPReply: Equatable {
    let code: Int
    /// The texts of its lines, one after the other. What the server wrote: neither checked nor shortened further.
    let text: String

    /// Collects the lines of a reply.
    struct Reader: Equatable {
        private var text: [UInt8] = []

        /// The reply, once `line` was its last. A line that does not begin with three digits is none of a reply's.
        mutating func read(_ line: some Collection<UInt8>) -> SMTPReply? {
            let digits = line.prefix(3)
            guard digits.count == 3, digits.allSatisfy(ASCII.isDigit) else { return nil }
            append(line.dropFirst(4))
            if line.dropFirst(3).first == UInt8(ascii: "-") { return nil }
            defer { text = [] }
            let code = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return SMTPReply(code: code, text: String(decoding: text, as: UTF8.self))
        }

        /// A reply may have any number of lines: what no one will be shown is not kept.
        private mutating func append(_ line: some Collection<UInt8>) {
            guard text.count < Limits.replyByteCount else { return }
            let end = line.firstIndex { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") } ?? line.endIndex
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            text += line[..<end].prefix(Limits.replyByteCount)
        }
    }
}

/// What a reply may look like in logs, tables and answers: see `MailFailure.reply`.
enum ReplyText {
    /// One line of printable ASCII, of at most 500 bytes, in which `address` is not named: servers like to repeat it, and
    /// the outbox row has it already.
    static func sanitize(_ text: String, hiding address: String) -> String {
        let printable = text.utf8.map { ASCII.isPrintable($0) ? $0 : UInt8(ascii: "?") }
        let hidden = replacing(Array(address.utf8), in: printable, with: Array("(recipient)".utf8))
        return String(decoding: hidden.prefix(Limits.replyByteCount), as: UTF8.self)
    }

    private static func replacing(_ needle: [UInt8], in text: [UInt8], with replacement: [UInt8]) -> [UInt8] {
        guard !needle.isEmpty else { return text }
        let lowered = needle.map(lowercase)
        var result: [UInt8] = []
        var position = 0
        while position < text.count {
            let end = position + needle.count
            if end <= text.count, text[position..<end].lazy.map(lowercase).elementsEqual(lowered) {
                result += replacement
                position = end
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }
}
