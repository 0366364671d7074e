import Cryptography
import Testing

@testable import Signup

@Suite("A password")
struct PasswordTests {
    @Test(
        "is taken where the protocol's cases say so",
        arguments: try InputCase.all(group: "password", param: "password")
    )
    func vectors(input: InputCase) {
        // Those refused for being easy to guess are the business of another check.
        let isLongEnoughToGuess = input.name == "pw_only_spaces"
        #expect(((try? Password(input.text)) != nil) == (input.isAccepted || isLongEnoughToGuess))
    }

    @Test("has 8 to 128 code points, counted after normalisation")
    func length() throws {
        for text in [
            "x2345678", "ä2345678", "🚲🚲🚲🚲🚲🚲🚲🚲", String(repeating: "🚲", count: 128), String(repeating: "x", count: 128),
        ] {
            #expect(throws: Never.self) { try Password(text) }
        }
        #expect(throws: Never.self) { try Password(String(repeating: "\u{1112}\u{1161}\u{11AB}", count: 128)) }
        for text in [
            "", "x234567", "🚲🚲🚲🚲🚲🚲🚲", String(repeating: "e\u{301}", count: 7), String(repeating: "x", count: 129),
        ] {
            #expect(throws: Password.Invalid.self) { try Password(text) }
        }
    }

    @Test("may be asked to be longer or shorter by a setting, which the hint names")
    func minimumLength() throws {
        #expect(throws: Never.self) { try Password("x2345", minimumLength: 5) }
        let invalid = try #require(throws: Password.Invalid.self) { try Password("x23456789", minimumLength: 12) }
        #expect(invalid.hint.contains("12"))
    }

    @Test(
        "holds no control character, and anything else",
        arguments: ["\0", "\n", "\r", "\t", "\u{1B}", "\u{7F}", "\u{85}", "\u{9F}"]
    )
    func controls(text: String) {
        #expect(throws: Password.Invalid.self) { try Password("violet-\(text)Kettle") }
        #expect(throws: Never.self) { try Password("violet-\u{200D}\u{E000} Kettle") }
    }

    @Test(
        "is kept as typed, to the last space",
        arguments: ["  seven quiet lamps  ", "VIOLET-kettle", "<b>\"';--%$", "ＡＢＣＤＥＦＧＨ"]
    )
    func untouched(text: String) throws {
        #expect(try Password(text).bytes.withBytes { Array($0) } == Array(text.utf8))
    }

    @Test("is the same whichever way a keyboard composes it")
    func normalised() throws {
        let composed = try Password("pass-Zo\u{EB}-\u{D55C}\u{AC01}").bytes.withBytes { Array($0) }
        for other in [
            "pass-Zoe\u{308}-\u{1112}\u{1161}\u{11AB}\u{1100}\u{1161}\u{11A8}",
            "pass-Zoe\u{308}-\u{D558}\u{11AB}\u{AC00}\u{11A8}",
        ] {
            #expect(try Password(other).bytes.withBytes { Array($0) } == composed)
        }
    }

    @Test("is refused with a hint that does not repeat it")
    func hint() throws {
        for text in ["zzqx", "zzqx-zzqx\n"] {
            let invalid = try #require(throws: Password.Invalid.self) { try Password(text) }
            #expect(!invalid.hint.isEmpty && !invalid.hint.contains("zzqx"))
        }
    }
}
