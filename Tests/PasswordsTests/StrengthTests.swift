import Cryptography
import Foundation
import Signup
import Testing

@testable import Passwords

/// What a service asks for unless told otherwise.
private let enoughBits = 20.0

@Suite("A password's strength")
struct StrengthTests {
    private let mira: [String]

    init() throws {
        mira =
            try EmailAddress("mira.smith@riverbank.example").guessableWords + Nickname("Mira Bluebird").guessableWords
    }

    private func bits(_ text: String) throws -> Double {
        try estimatedBits(of: Password(text).bytes, userWords: mira)
    }

    @Test("together with its shape decides as the protocol's cases say", arguments: try PasswordCase.all())
    func vectors(input: PasswordCase) throws {
        let words = try EmailAddress(input.email).guessableWords + Nickname(input.nickname).guessableWords
        let password = try? Password(input.password)
        let isAccepted = password.map { estimatedBits(of: $0.bytes, userWords: words) >= enoughBits } ?? false
        #expect(isAccepted == input.isAccepted)
    }

    @Test(
        "is too little for what everybody tries",
        arguments: [
            "password", "Password1", "P@ssw0rd", "12345678", "1234567890", "qwertyuiop", "iloveyou1", "aaaaaaaaaaaa",
            "abcdefgh", "abcdefghijklmnopqrstuvwxyz", "20240101", "letmein12", "                    ", "ÄÄÄÄÄÄÄÄÄÄÄÄ",
            "passwordpasswordpasswordpasswordpassword", "1234567890123456789012345678901234567890",
        ]
    )
    func easy(text: String) throws {
        #expect(try bits(text) < enoughBits)
    }

    @Test(
        "is too little for what is known of the member",
        arguments: [
            "mira.smith@riverbank.example", "Mira.Smith@Riverbank.Example", "mira.smith", "MIRA.SMITH1", "bluebird",
            "Bluebird1",
            "miraBLUEBIRD", "riverbank", "R1verbank", "mira.smith123",
        ]
    )
    func known(text: String) throws {
        #expect(try bits(text) < enoughBits)
    }

    @Test(
        "is enough for a phrase or a jumble, however long",
        arguments: [
            "violet-Kettle 41 harbor", "quietlampsunderbridge", "x7#Kq2!vLm", "mira.smith likes tall ferns",
            "correct horse battery staple", "小さな青い鳥が窓辺で歌う", String(repeating: "Tulip7 ", count: 9) + "k",
            String(repeating: " ", count: 60) + "violet-Kettle 41 harbor",
            "violet-Kettle 41 harbor" + String(repeating: "a", count: 100),
        ]
    )
    func hard(text: String) throws {
        #expect(try bits(text) >= enoughBits)
    }

    @Test("of a long address used as a password is as little as of a short one")
    func longAddress() throws {
        let text = "konstantina.papadopoulou-hildebrandt@riverbank-cooperative.example"
        let words = try EmailAddress(text).guessableWords
        #expect(try estimatedBits(of: Password(text).bytes, userWords: words) < enoughBits)
    }

    @Test("is not talked down by a word of one letter")
    func shortWords() throws {
        let text = try Password("aeiou-violet-eau").bytes
        let plain = estimatedBits(of: text, userWords: [])
        #expect(estimatedBits(of: text, userWords: ["a", "e", "i", "o", "u", "le"]) == plain)
    }

    @Test("takes a bounded time of the worst input that is known: keys that alternate")
    func cost() throws {
        for unit in ["56", "87", "e3", "*9", "12", "a"] {
            let password = try Password(String(repeating: unit, count: 128 / unit.count))
            let begin = processorMilliseconds()
            _ = estimatedBits(of: password.bytes, userWords: mira)
            // It is 20 on a core of 2024; the whole 128 characters at once take over a thousand.
            #expect(processorMilliseconds() - begin < 250)
        }
    }

    @Test("leaves no copy of the words behind")
    func memory() throws {
        // As many and as long as there can be: 32 copies of 32 bytes.
        let words = (0..<16).map { String(repeating: "word\($0)", count: 12) }
        let password = try Password("violet-Kettle 41 harbor")
        _ = estimatedBits(of: password.bytes, userWords: words)
        let before = try residentByteCount()
        for _ in 0..<40_000 { _ = estimatedBits(of: password.bytes, userWords: words) }
        // A lost copy of each would be 60 MB; other tests hash beside this one, in 19 MiB each.
        #expect(try residentByteCount() - before < 45_000_000)
    }

    @Test("can be asked for from many threads at once, with the same answer")
    func threads() async throws {
        let texts = ["violet-Kettle 41 harbor", "password1", "mira.smith9", "5656565656565656"]
        let alone = try texts.map { try bits($0) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    let together = try texts.map { try bits($0) }
                    #expect(together == alone)
                }
            }
            try await group.waitForAll()
        }
    }
}

/// What this thread has worked so far: unlike the time on the wall, it does not pass faster on a busy machine.
private func processorMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

private func residentByteCount() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(pages.count > 1 ? Int(pages[1]) : nil) * sysconf(Int32(_SC_PAGESIZE))
}

/// A case of the group `password` in protocol/vectors/inputs.jsonl.
struct PasswordCase: Sendable, CustomTestStringConvertible {
    let name: String
    let isAccepted: Bool
    let email: String
    let password: String
    let nickname: String

    var testDescription: String { name }

    private struct Line: Decodable {
        let name: String
        let group: String
        let expect: String
    }

    private struct PasswordLine: Decodable {
        struct Params: Decodable {
            let email: String
            let password: String
            let nickname: String
        }
        let params: Params
    }

    static func all() throws -> [PasswordCase] {
        let file = URL(filePath: #filePath).appending(path: "../../../protocol/vectors/inputs.jsonl").standardized
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            guard line.group == "password" else { return nil }
            let params = try JSONDecoder().decode(PasswordLine.self, from: Data(text.utf8)).params
            return PasswordCase(
                name: line.name,
                isAccepted: line.expect == "accept",
                email: params.email,
                password: params.password,
                nickname: params.nickname
            )
        }
    }
}
