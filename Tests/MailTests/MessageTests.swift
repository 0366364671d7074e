import Signup
import Testing

@testable import Mail

@Suite("What a message is made of")
struct MessageTests {
    @Test("a date is in UTC and in English")
    func date() {
        #expect(DateText.header(Timestamp(millisecondsSince1970: 0)) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(
            DateText.header(Timestamp(millisecondsSince1970: 1_754_039_100_999)) == "Fri, 01 Aug 2025 09:05:00 +0000"
        )
        #expect(
            DateText.header(Timestamp(millisecondsSince1970: 1_709_251_199_000)) == "Thu, 29 Feb 2024 23:59:59 +0000"
        )
    }

    @Test("a subject is left alone while it is short plain ASCII")
    func plainSubject() {
        #expect(HeaderText.unstructured("Verify your email address") == "Verify your email address")
    }

    @Test("a long or foreign subject becomes encoded words of at most 75 bytes, and no character is split")
    func encodedSubject() throws {
        let subject = String(repeating: "메일 주소를 확인해 주세요 ", count: 8)
        let lines = HeaderText.unstructured(subject).split(separator: "\r\n ")
        #expect(lines.count > 1)
        for line in lines {
            #expect(line.utf8.count <= 75)
            #expect(line.hasPrefix("=?UTF-8?B?") && line.hasSuffix("?="))
        }
    }

    @Test(
        "base64 pads as RFC 4648 says",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
        ]
    )
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
    }

    @Test(
        "every line ends as its destination wants it, whatever it ended with",
        arguments: ["a\nb\n", "a\r\nb\r\n", "a\rb\r", "a\nb", "a\r\nb"]
    )
    func lineEnds(text: String) {
        #expect(LineEnds.carriageReturnLineFeed(text) == Array("a\r\nb\r\n".utf8))
        #expect(LineEnds.lineFeed(text) == Array("a\nb\n".utf8))
    }

    @Test("empty lines stay")
    func emptyLines() {
        #expect(LineEnds.carriageReturnLineFeed("a\n\n\r\n.\n") == Array("a\r\n\r\n\r\n.\r\n".utf8))
        #expect(LineEnds.lineFeed("a\n\r\n") == Array("a\n\n".utf8))
        #expect(LineEnds.lineFeed("").isEmpty)
    }

    @Test(
        "a recipient that could end a command or name a second one is refused before anything is sent",
        arguments: [
            "", "a", "@b", "a@", "a@b@c", "a@b.example\r\nRCPT TO:<x@y.example>", "a@b.example\n", "<a@b.example>",
            "a@b.example>", "a@b.example,x@y.example", "a b@c.example", "a@b.example\u{0}", "é@b.example",
            String(repeating: "a", count: 251) + "@b.c",
        ]
    )
    func hostileRecipient(recipient: String) throws {
        // A message takes an EmailAddress, and there is none like this.
        #expect(throws: EmailAddress.Invalid.self) { try makeMessage(to: recipient) }
    }

    @Test(
        "a line end in the subject or the Message-ID is refused",
        arguments: ["a\r\nBcc: x@y.example", "a\nb", "a\u{0}"]
    )
    func hostileHeader(text: String) throws {
        let content = MailContent(subject: text, text: "", html: "")
        #expect(try refusal(makeMessage(content: content)).stage == .local)
        #expect(try refusal(makeMessage(id: text)).stage == .local)
    }

    private func refusal(_ message: MailMessage) throws -> MailFailure {
        try #require(
            #expect(throws: MailFailure.self) {
                try OutgoingMessage(message, from: Mailbox("a@b.example"), messageIDDomain: "b.example")
            }
        )
    }
}
