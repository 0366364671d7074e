import Testing

@testable import Signup

@Suite("A nickname")
struct NicknameTests {
    @Test(
        "is taken or refused as the protocol's cases say",
        arguments: try InputCase.all(group: "nickname", param: "nickname")
    )
    func vectors(input: InputCase) {
        #expect(((try? Nickname(input.text)) != nil) == input.isAccepted)
    }

    @Test(
        "may be written in any script, with digits, punctuation and pictures",
        arguments: [
            "Mi", "Mira", "Mira K.", "mira_42", "O'Neil", "Zoë", "Łukasz", "Нина", "Νίκος", "林美玲", "たろう", "タロウ",
            "민지", "สมชาย", "दीपिका", "ক্ষমা", "محمد", "דוד", "გიორგი", "Հայկ", "ነጋ", "Mira🚲", "🚲🚲", "❤️Mira", "👍🏽ok", "🇫🇷🇫🇷",
            "42",
            "Nguyễn", "ab\u{301}\u{302}\u{303}", "Mira…", "<b>Mira</b>", "'; DROP TABLE members; --", "Rooter",
            "badmintonist",
            "美玲 Lin", "Taro たろう", "ﬁnn", "ⅧMira",
        ]
    )
    func taken(text: String) {
        #expect(throws: Never.self) { try Nickname(text) }
    }

    @Test("has 2 to 32 code points, counted after normalisation, and at most 128 bytes")
    func length() throws {
        #expect(throws: Never.self) { try Nickname(String(repeating: "n", count: 32)) }
        #expect(throws: Never.self) { try Nickname(String(repeating: "e\u{301}", count: 32)) }
        #expect(throws: Never.self) { try Nickname(String(repeating: "🚲", count: 32)) }
        for text in [
            "", "n", " n ", "e\u{301}", String(repeating: "n", count: 33), String(repeating: "n", count: 100_000),
        ] {
            #expect(throws: Nickname.Invalid.length) { try Nickname(text) }
        }
    }

    @Test(
        "has a key of at most 255 bytes, since one sign may stand for many",
        arguments: [(17, true), (18, false)]
    )
    func keyLength(count: Int, isAccepted: Bool) {
        // U+FDFB spells eight letters and a space: 15 bytes.
        let text = String(repeating: "\u{FDFB}", count: count)
        #expect(((try? Nickname(text)) != nil) == isAccepted)
    }

    @Test(
        "is shown composed, with single plain spaces",
        arguments: [
            ("  Mira  K ", "Mira K"), ("Mira\u{A0}\u{2003}\u{3000}K", "Mira K"), ("Zoe\u{308}", "Zo\u{EB}"),
            ("\u{1112}\u{1161}\u{11AB}\u{AE00}", "\u{D55C}\u{AE00}"), ("\u{D558}\u{11AB}\u{AE00}", "\u{D55C}\u{AE00}"),
            ("ＭＩＲＡ", "ＭＩＲＡ"), ("MiRa", "MiRa"),
        ]
    )
    func display(typed: String, display: String) throws {
        // Scalar by scalar: String's == would call the decomposed form equal.
        #expect(try Array(Nickname(typed).display.unicodeScalars) == Array(display.unicodeScalars))
    }

    @Test(
        "is the same as another that differs by case, form or spaces only",
        arguments: [
            ["Mira", "MIRA", "mira", "ＭＩＲＡ", "𝓜𝓲𝓻𝓪", "Ⓜira"], ["Straße", "STRASSE", "strasse", "ﬆrasse", "STRAẞE"],
            ["Νίκος", "ΝΊΚΟΣ", "νίκοσ"], ["Mira K", " mira\u{3000}\u{2003}k "], ["Zoë", "ZOE\u{308}"],
            ["K\u{131}m", "Kim", "\u{212A}im"], ["❤️x", "❤x", "❤\u{FE0E}X"], ["ﬃx", "FFIX"],
            ["한글", "\u{D558}\u{11AB}글"],
        ]
    )
    func sameKey(spellings: [String]) throws {
        let keys = try Set(spellings.map { try Nickname($0).key.unicodeScalars.map(\.value) })
        #expect(keys.count == 1)
    }

    @Test("differs from another by a letter or an accent")
    func otherKey() throws {
        #expect(try Nickname("Zoe").key != Nickname("Zoë").key)
        #expect(try Nickname("Mira").key != Nickname("Mira K").key)
        #expect(try Nickname("MiraK").key != Nickname("Mira K").key)
    }

    @Test(
        "has a key that folds to itself",
        arguments: ["Straße", "ΝΊΚΟΣ", "ᾈᾳ", "İİ", "ｶﾞｶﾞ", "ΐΰ", "ﬃ🚲", "Ǆx", "ꭰꭱ", "ŉa", "\u{AC00}\u{11A8}x"]
    )
    func idempotent(text: String) throws {
        let once = try Nickname(text)
        let twice = try Nickname(once.key)
        #expect(once.key.unicodeScalars.elementsEqual(twice.key.unicodeScalars))
        #expect(twice.key.unicodeScalars.elementsEqual(once.key.compatibilityFolded.unicodeScalars))
    }

    @Test(
        "holds no character that is not there to be seen",
        arguments: [
            // Controls, with the escape of terminals and C1.
            0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B,
            // Format: soft hyphen, joiners, marks of direction, BOM, tags, interlinear annotation.
            0xAD, 0x61C, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x202E, 0x2060, 0x2066, 0xFEFF, 0xFFF9, 0xE0041,
            // Line and paragraph separators, private use, noncharacters, unassigned.
            0x2028, 0x2029, 0xE000, 0xF8FF, 0x10FFFD, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x378,
            // Drawn as nothing: fillers, joiners and selectors that count as letters, marks or symbols.
            0x34F, 0x115F, 0x1160, 0x180B, 0x2800, 0x3164, 0xFE00, 0xFFA0, 0xE0100,
        ] as [UInt32]
    )
    func invisible(codePoint: UInt32) throws {
        let character = try String(#require(Unicode.Scalar(codePoint)))
        for text in [character + "Mira", "Mi" + character + "ra", "Mira" + character] {
            #expect(throws: Nickname.Invalid.character) { try Nickname(text) }
        }
    }

    @Test(
        "has combining marks on something, and at most three of them",
        arguments: [
            "\u{301}\u{302}", "\u{301}Mira", "Mira \u{301}\u{301}", "x\u{301}\u{302}\u{303}\u{304}a",
            "\u{20DD}\u{20DD}",
            "\u{FE0F}\u{FE0F}", "\u{B4}\u{B4}", "\u{A8}\u{B8}", " \u{301}a",
        ]
    )
    func marks(text: String) {
        #expect(throws: Nickname.Invalid.marks) { try Nickname(text) }
    }

    @Test(
        "mixes no Latin, Greek and Cyrillic letters, in whatever form they come",
        arguments: [
            "\u{430}dmin", "Mir\u{430}", "\u{3A1}aul", "Нинα", "ＭиРА", "𝐌ира", "ⓂИра", "Mira Нет", "µTorrent", "Kimк",
            "x\u{1D2B}",
        ]
    )
    func mixed(text: String) {
        #expect(throws: Nickname.Invalid.mixedScripts) { try Nickname(text) }
    }

    @Test(
        "is not a reserved word in disguise",
        arguments: [
            "admin", "Admin", "ADMIN", "a d m i n", "a.d-m_i n", "-admin-", "★admin★", "ａｄｍｉｎ", "𝒶𝒹𝓂𝒾𝓃", "Ⓐⓓⓜⓘⓝ",
            "adm\u{131}n",
            "adm1n", "admln", "AdmIn", "a\u{332}dmin", "root", "r00t", "ROOT", "гоот",
            "support", "5upport", "аԁміп", "no-reply", "NoReply", "mailer-daemon", "MAILERDAEMON", "postmaster",
            "signupd",
        ]
    )
    func reserved(text: String) {
        #expect(throws: Nickname.Invalid.reserved) { try Nickname(text) }
    }

    @Test("is checked against the words of the setting, and against nothing if there are none")
    func ownWords() throws {
        let words = Nickname.ReservedWords(["Straße", "", "--"])
        #expect(throws: Nickname.Invalid.reserved) { try Nickname("STRASSE", reserved: words) }
        #expect(throws: Never.self) { try Nickname("admin", reserved: words) }
        #expect(throws: Never.self) { try Nickname("🚲🚲", reserved: words) }
        #expect(throws: Never.self) { try Nickname("admin", reserved: Nickname.ReservedWords([])) }
    }

    @Test("gives a guesser its whole and its words")
    func guessableWords() throws {
        #expect(try Nickname("Mira K").guessableWords == ["Mira K", "Mira", "K"])
    }
}
