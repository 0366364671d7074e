// What a limit costs and what it takes: seen from outside, on the embedded default.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("what a limit costs")
struct LimitCostTests {
    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("limits")
    }

    private func program(_ settings: [String: String] = [:]) -> Program {
        Program(stateDirectory: directory, settings: settings)
    }

    @Test("a signup over the daily cap costs no hash")
    func cap() throws {
        let settings = ["SIGNUPD_RESEND_PER_DAY": "1", "SIGNUPD_RESEND_AFTER_SECONDS": "0"]
        let signup = request(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        #expect(try program(settings).pipe([signup]).status == 0)
        // It would die on the way to the hash.
        // (Without Swift's backtrace, which takes seconds, and cannot be made under a sanitizer.)
        let crash = ["SIGNUPD_CRASH_AT": "signup.before-hash", "SWIFT_BACKTRACE": "enable=no"]
        let crashing = settings.merging(crash) { $1 }
        let refused = try program(crashing).pipe([signup])
        let reply = try #require(try refused.replies.first)
        #expect(reply.reason == "RATE_LIMITED")
        #expect((reply.error?["data"] as? [String: any Sendable])?["retry_after"] as? Int ?? 0 > 86_000)
        // And it can die: someone else is hashed for.
        let other = try program(crashing).pipe([
            request(1, "signup", signupParams("noor@example.org", nickname: "Noor"))
        ])
        #expect(other.status == SIGABRT)
    }

    @Test("the charge of a network address is given back when the charge of the mail fails")
    func leak() throws {
        let program = program(["SIGNUPD_SIGNUPS_PER_CLIENT": "1"])
        #expect(try program.pipe([request(1, "service.ping")]).status == 0)
        func signUp(_ email: String, _ nickname: String) throws -> [String: any Sendable] {
            let params = signupParams(email, nickname: nickname).merging(["client_ip": "203.0.113.7"]) { $1 }
            return try #require(try program.pipe([request(1, "signup", params)]).replies.first)
        }
        try change(
            """
            CREATE TRIGGER refuse BEFORE INSERT ON charges WHEN NEW.kind = 'mail'
            BEGIN SELECT RAISE(ABORT, 'no charges today'); END
            """
        )
        let failed = try signUp("mira@example.org", "Mira")
        #expect(failed.error != nil && failed.reason != "RATE_LIMITED")
        try change("DROP TRIGGER refuse")
        #expect(try signUp("mira@example.org", "Mira").result != nil)
        #expect(try signUp("noor@example.org", "Noor").reason == "RATE_LIMITED", "the test can fail")
    }

    /// Changes the program's database behind its back.
    private func change(_ sql: String) throws {
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.close()"
        let path = directory.appendingPathComponent("signupd.sqlite").path
        try Command.run("/usr/bin/python3", ["-c", script, path, sql])
    }
}
