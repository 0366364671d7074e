// A whole message as a Maildir keeps it: LF line ends and 8-bit text, so that people and scripts can read it as it is.

enum MessageFile {
    /// Headers, then both bodies, the plain one first (a reader shows the last it can).
    static func bytes(of message: OutgoingMessage) -> [UInt8] {
        let boundary = boundary(for: message)
        var header = message.fields.map { "\($0.name): \($0.value)\n" }.joined()
        // Folds were made for the wire.
        header.replace("\r\n", with: "\n")
        header += "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"\(boundary)\"\n"
        var bytes = Array(header.utf8)
        bytes += part(message.text, type: "text/plain", boundary: boundary)
        bytes += part(message.html, type: "text/html", boundary: boundary)
        bytes += Array("\n--\(boundary)--\n".utf8)
        return bytes
    }

    private static func part(_ text: String, type: String, boundary: String) -> [UInt8] {
        let head = "\n--\(boundary)\nContent-Type: \(type); charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        return Array(head.utf8) + LineEnds.lineFeed(text)
    }

    /// The first of a row of candidates that neither body holds. The same message gets the same one again.
    private static func boundary(for message: OutgoingMessage) -> String {
        var number = 0
        while message.text.contains("=_signupd_\(number)") || message.html.contains("=_signupd_\(number)") {
            number += 1
        }
        return "=_signupd_\(number)"
    }
}
