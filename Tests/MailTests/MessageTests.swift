import Foundation
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

    @Test("a long or foreign text becomes encoded words on lines of at most 76 bytes, and no character is split")
    func encodedText() throws {
        let text = String(repeating: "메일 주소를 확인해 주세요 ", count: 5).dropLast()
        let mailbox = try Mailbox("\(text) <\(String(repeating: "a", count: 60))@example.org>")
        for header in ["Subject: " + HeaderText.unstructured(String(text)), "From: " + mailbox.headerText] {
            var lines = header.split(separator: "\r\n")
            #expect(lines.count > 2 && lines.allSatisfy { $0.utf8.count <= 76 })
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") })
            if header.hasPrefix("From") { #expect(lines.removeLast() == " <\(mailbox.address)>") }
            let words = lines.map { $0.drop { $0 != "=" } }
            #expect(words.allSatisfy { $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") })
            let decoded = words.map { Data(base64Encoded: String($0.dropFirst(10).dropLast(2))) ?? Data() }
            #expect(decoded.allSatisfy { String(data: $0, encoding: .utf8) != nil })
            #expect(String(decoding: decoded.joined(), as: UTF8.self) == text)
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
