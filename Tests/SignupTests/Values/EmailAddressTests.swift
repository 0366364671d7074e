import Testing

@testable import Signup

@Suite("An e-mail address")
struct EmailAddressTests {
    @Test(
        "is taken or refused as the protocol's cases say",
        arguments: try InputCase.all(group: "email", param: "email")
    )
    func vectors(input: InputCase) {
        #expect(((try? EmailAddress(input.text)) != nil) == input.isAccepted)
    }

    @Test(
        "is a dot-atom at two or more labels",
        arguments: [
            "mira@example.org", "MIRA@EXAMPLE.ORG", "a@b.co", "mira.k+tag@mail.example.co.uk", "o'neil@example.org",
            "#$&'*+-/=?^_`{|}~@example.org", "a-@example.org", "{$}@example.org", "$@example.org", "1@1.1a",
            "mira@a-b.example", "mira@a--b.example", "mira@xn--bcher-kva.xn--p1ai", "mira@1.example",
            String(repeating: "a", count: 64) + "@example.org", "m@" + String(repeating: "d", count: 63) + ".org",
            "=cmd|'x'@example.org",
        ]
    )
    func taken(text: String) throws {
        let address = try EmailAddress(text)
        #expect(address.typed == text)
        #expect(address.identity == text.lowercased())
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "@", "mira", "mira@", "@example.org", "mira@@example.org", "a@b@example.org", "mira@example",
            "mira@.org",
            "mira@example.", "mira@example..org", "mira@.example.org", ".mira@example.org", "mira.@example.org",
            "mi..ra@example.org", "-mira@example.org", "--@example.org", "mi%ra@example.org",
            "mira%evil.org@example.org",
            "host!mira@example.org", "${jndi}@example.org", "a${b@example.org", "\"mira\"@example.org",
            "\"mi ra\"@example.org", "mi ra@example.org", "mira @example.org", "mira@ example.org", "mira@exam ple.org",
            " mira@example.org", "mira@example.org ", "mira@example.org\n", "mira@example.org\r\nRCPT TO:<x@y.zz>",
            "mira\t@example.org", "mira\0@example.org", "mira@example.org\0", "mira@example.org\u{7F}",
            "mira@-example.org", "mira@example-.org", "mira@example.-org", "mira@example.org-", "mira@exam_ple.org",
            "mira@example.1", "mira@127.0.0.1", "mira@127.1", "mira@[127.0.0.1]", "mira@[IPv6:::1]",
            "mira@example.org.",
            "mira@bücher.example", "mïra@example.org", "mira@\u{435}xample.org", "mira\u{FF20}example.org",
            "mira@example\u{3002}org", "mira@example\u{2024}org", "mira@exa\u{AD}mple.org", "mira\u{200B}@example.org",
            "\u{FEFF}mira@example.org", "mira@example.org\u{301}", "m\u{131}ra@example.org", "\u{212A}im@example.org",
            "<mira@example.org>", "Mira <mira@example.org>", "mira(c)@example.org", "mira@example.org(c)",
            "mi\\ra@example.org", "a@example.org,b@example.org", "a@example.org;b@example.org",
            "mailto:mira@example.org",
            "mira@example.org?cc=x", "mira@example,org", "mira@example/org",
            String(repeating: "a", count: 65) + "@example.org", "m@" + String(repeating: "d", count: 64) + ".org",
        ]
    )
    func refused(text: String) {
        #expect(throws: EmailAddress.Invalid.self) { try EmailAddress(text) }
    }

    @Test("has at most 254 bytes")
    func length() throws {
        let domain = (1...3).map { _ in String(repeating: "d", count: 60) + "." }.joined() + "example.org"
        let room = 254 - domain.utf8.count - 1
        #expect(throws: Never.self) { try EmailAddress(String(repeating: "x", count: room) + "@" + domain) }
        #expect(throws: EmailAddress.Invalid.self) {
            try EmailAddress(String(repeating: "x", count: room + 1) + "@" + domain)
        }
    }

    @Test("differs from another by more than case")
    func identity() throws {
        let typed = try EmailAddress("Mira@Example.ORG")
        #expect(typed.typed == "Mira@Example.ORG")
        #expect(try typed.identity == EmailAddress("mira@example.org").identity)
        #expect(try typed.identity != EmailAddress("mirb@example.org").identity)
    }

    @Test(
        "is counted without its tag",
        arguments: [
            ("Mira+news@Example.org", "mira@example.org"), ("mira+a+b@example.org", "mira@example.org"),
            ("mira@example.org", "mira@example.org"), ("+mira@example.org", "+mira@example.org"),
            ("mira+@example.org", "mira@example.org"),
        ]
    )
    func limitSubject(text: String, subject: String) throws {
        #expect(try EmailAddress(text).limitSubject == subject)
    }

    @Test("gives a guesser its whole, its name and its domain's labels")
    func guessableWords() throws {
        let words = try EmailAddress("Mira.K@mail.example.org").guessableWords
        #expect(words == ["mira.k@mail.example.org", "mira.k", "mail", "example", "org"])
    }

    @Test(
        "is refused with a hint that does not repeat it",
        arguments: ["zzqx", "zzqx@q", "zzqx..a@b.cc", "zz qx@b.cc", "zzqx@b.1"]
    )
    func hint(text: String) throws {
        let invalid = try #require(throws: EmailAddress.Invalid.self) { try EmailAddress(text) }
        #expect(!invalid.hint.isEmpty)
        #expect(!invalid.hint.contains("zzqx"))
    }
}
