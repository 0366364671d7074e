import Testing

@testable import Signup

@Suite("A verification code")
struct VerificationCodeTests {
    @Test(
        "that is malformed is refused as the protocol's cases say",
        arguments: try InputCase.all(group: "code", param: "code")
    )
    func vectors(input: InputCase) {
        // Well-formed, and wrong: only the code store can tell.
        let isWellFormed = input.name == "code_unknown_email"
        #expect((VerificationCode(typed: input.text) != nil) == (input.isAccepted || isWellFormed))
    }

    @Test(
        "is read in either case, with spaces and dashes anywhere",
        arguments: ["K7M2XQ", "k7m2xq", "K7M-2XQ", "k7m 2xq", " K7M2XQ ", "K-7-M-2-X-Q", "--K7M2XQ--", "K 7 M 2 X Q"]
    )
    func typed(text: String) {
        #expect(VerificationCode(typed: text)?.text == "K7M2XQ")
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "K7M2X", "K7M2XQQ", "012345", "K7M2XO", "K7M2XI", "K7M2XL", "K7M2XU", "K7M2X1", "K7M2X0", "K7M_2XQ",
            "K7M2XQ\0", "K7M2XQ\n", "K7M\u{2011}2XQ", "K7M\u{A0}2XQ", "Ｋ7M2XQ", "K7M2X\u{51}\u{301}", "ſ7M2XQ",
            "\u{212A}7M2XQ",
            "K7M2XQ" + String(repeating: " ", count: 1000), "      ", "------",
        ]
    )
    func malformed(text: String) {
        #expect(VerificationCode(typed: text) == nil)
    }

    @Test(
        "is not to be read in a text that hides it",
        arguments: [
            "550 5.7.1 rejected: header 'Subject: K7M2XQ is your code'":
                "550 5.7.1 rejected: header 'Subject: (code) is your code'",
            "k7m2xqK7M2XQ": "(code)(code)", "250 2.0.0 Ok: queued as 4D6B1A": "250 2.0.0 Ok: queued as 4D6B1A", "": "",
        ]
    )
    func hidden(text: String, shown: String) throws {
        #expect(try #require(VerificationCode(typed: "K7M2XQ")).hidden(in: text) == shown)
    }

    @Test("has 30 symbols, none of which is mistaken for another")
    func alphabet() {
        let symbols = Set(VerificationCode.alphabet)
        #expect(symbols.count == 30)
        #expect(symbols.isDisjoint(with: "01ILOUilou".utf8))
    }

    @Test("spells random bytes, each symbol as often as the others")
    func spelling() throws {
        #expect(VerificationCode(random: [0, 0, 0, 0, 0, 0, 0, 0]).text == "222222")
        #expect(VerificationCode(random: [0, 0, 0, 0, 0, 0, 0, 31]).text == "332222")
        #expect(VerificationCode(random: [UInt8](repeating: 0xFF, count: 8)).text.utf8.count == 6)
        let key = try #require(SigningKey(secret: [UInt8](repeating: 1, count: 32)))
        var counts: [Character: Int] = [:]
        let id = try #require(SignupID(bytes: [UInt8](repeating: 0, count: 16)))
        for issue in 1...5000 {
            for symbol in key.code(for: id, issue: issue).text { counts[symbol, default: 0] += 1 }
        }
        // 1000 of each are expected, give or take 31; the key is fixed, so this never varies.
        #expect(counts.count == 30)
        #expect(counts.values.allSatisfy { (850...1150).contains($0) })
    }
}
