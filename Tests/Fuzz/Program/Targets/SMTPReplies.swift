// What an SMTP server says, line by line. Whatever it says, the text that is kept is one short printable line, and only a 250 to the content
// is an acceptance.

@testable import Mail

extension FuzzTarget {
    static let smtpReplies = FuzzTarget("smtp") { input in
        var dialogue = SMTPDialogue()
        let commands = [
            "EHLO x\r\n", "STARTTLS\r\n", "AUTH PLAIN\r\n", "MAIL FROM:<a@b.c>\r\n", "RCPT TO:<d@e.f>\r\n", "DATA\r\n",
        ]
        for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            // A line that begins with a low byte is our own turn.
            if let first = line.first, Int(first) < commands.count {
                dialogue.sent(commands[Int(first)].utf8)
            } else {
                dialogue.received(Array(line) + [UInt8(ascii: "\n")])
            }
            if let accepted = dialogue.acceptance { hold(accepted.code == 250, "only 250 is an acceptance") }
            if dialogue.acceptance != nil {
                hold(dialogue.step == .content && dialogue.refusal == nil, "after the content")
            }
            guard let reply = dialogue.reply else { continue }
            hold((0...999).contains(reply.code), "three digits")
            let shown = ReplyText.sanitize(reply.text, hiding: "d@e.f")
            hold(shown.utf8.count <= 500 && shown.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "one printable line")
            hold(!shown.lowercased().contains("d@e.f"), "the recipient is not named")
        }
    }
}
