import Testing

@testable import Mail

@Suite("A mailbox, as an operator writes it")
struct MailboxTests {
    @Test(
        "is read and written for a header",
        arguments: [
            ("signupd@localhost", "signupd@localhost", "signupd@localhost"),
            ("signupd <signupd@localhost>", "signupd@localhost", "signupd <signupd@localhost>"),
            ("<a@b.example>", "a@b.example", "a@b.example"),
            ("Example, Inc. <a@b.example>", "a@b.example", "\"Example, Inc.\" <a@b.example>"),
            (#""Example \"Two\"" <a@b.example>"#, "a@b.example", #""Example \"Two\"" <a@b.example>"#),
            ("가입 <a@b.example>", "a@b.example", "=?UTF-8?B?6rCA7J6F?= <a@b.example>"),
            ("=?x <a@b.example>", "a@b.example", "=?UTF-8?B?PT94?= <a@b.example>"),
        ]
    )
    func reading(text: String, address: String, header: String) throws {
        let mailbox = try Mailbox(text)
        #expect(mailbox.address == address)
        #expect(mailbox.headerText == header)
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", "a", "@b.example", "a@", "a@b@c", "a b@c.example", "a@b_c.example", "a@-b.example", "a@b..example",
            ".a@b.example", "a@b.example>", "Name <a@b.example", "\"Name <a@b.example>", "Na\"me <a@b.example>",
            "Name\r\nBcc: x@y.example <a@b.example>", "Name\u{2028} <a@b.example>", "a@b.example\n", "é@b.example",
            "a@" + String(repeating: "b", count: 64), String(repeating: "a", count: 65) + "@b.example",
            String(repeating: "n", count: 201) + " <a@b.example>",
        ]
    )
    func refusal(text: String) {
        #expect(throws: Mailbox.Invalid.self) { try Mailbox(text) }
    }

    @Test("has a domain, for Message-IDs")
    func domain() throws {
        #expect(try Mailbox("Name <a@b.example>").domain == "b.example")
    }
}
