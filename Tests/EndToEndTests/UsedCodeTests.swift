// A code that was used answers again for ten minutes and no longer, and when the member was made decides, not Redis.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("A code that was used")
struct UsedCodeTests {
    private let backends: Backends
    private let server: RunningServer
    private let client: SocketClient
    private let verification: [String: String]

    init() async throws {
        backends = try Backends()
        let program = backends.program()
        _ = try program.run(["migrate"])
        server = try await RunningServer(program, directory: backends.directory)
        client = try SocketClient(path: server.socketPath)
        let receipt = try client.call(1, "signup", signupParams("used@example.org", nickname: "Used"))
        let id = try #require(receipt.result?["signup_id"] as? String)
        verification = ["signup_id": id, "code": try await backends.code(to: "used@example.org")]
    }

    /// Lets time pass for the member, as the store sees it.
    private func moveVerification(backBy seconds: Int) throws {
        let database = try #require(URL(string: backends.databaseURL)?.lastPathComponent)
        _ = try backends.mariadb.run(
            "UPDATE members SET verified_at = verified_at - INTERVAL \(seconds) SECOND",
            database: database
        )
    }

    private func codesInRedis() throws -> String {
        let key = try backends.redis.command("KEYS", "*:code:*")
        return try backends.redis.command("HVALS", key)
    }

    @Test("answers the same for ten minutes, then is incorrect; Redis need not know")
    func longLived() throws {
        let first = try client.call(2, "verify", verification)
        #expect(first.result != nil)
        try moveVerification(backBy: 570)
        let again = try client.call(3, "verify", verification)
        #expect(again.result?["member_id"] as? Int == first.result?["member_id"] as? Int)
        try moveVerification(backBy: 30)
        let late = try client.call(4, "verify", verification)
        #expect(late.reason == "CODE_INCORRECT_OR_EXPIRED")
        #expect(try codesInRedis().hasSuffix(" 0 0"), "a code that lives on is not marked")
    }

    @Test("the same where the codes are in Redis and the accounts in SQLite")
    func longLivedInSQLite() async throws {
        let directory = try makeTemporaryDirectory("used")
        let redis = try #require(backends.program().environment["SIGNUPD_REDIS_URL"])
        let settings = ["SIGNUPD_REDIS_URL": redis, "SIGNUPD_SECRET": String(repeating: "5a", count: 32)]
        let program = Program(stateDirectory: directory, settings: settings)
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        let receipt = try client.call(1, "signup", signupParams("other@example.org", nickname: "Other"))
        let id = try #require(receipt.signupID)
        let code = try await Maildir(stateDirectory: directory).code(to: "other@example.org")
        let verification = ["signup_id": id, "code": code]
        let first = try client.call(2, "verify", verification)
        #expect(first.result != nil)
        let again = try client.call(3, "verify", verification)
        #expect(again.result?["member_id"] as? Int == first.result?["member_id"] as? Int)
        let tenMinutesEarlier = "UPDATE members SET verified_at = verified_at - 600000"
        let file = directory.appendingPathComponent("signupd.sqlite").path
        _ = try program.command("/usr/bin/sqlite3", [file, tenMinutesEarlier]).outputAtExit()
        #expect(try client.call(4, "verify", verification).reason == "CODE_INCORRECT_OR_EXPIRED")
    }

    /// Rewrites when the code ends, as if it had been mailed at another time; the digest and the mark stay.
    private func setEnd(in seconds: Int) throws {
        let key = try backends.redis.command("KEYS", "*:code:*")
        let field = try backends.redis.command("HKEYS", key)
        let end = Int64(Date().timeIntervalSince1970 * 1000) + Int64(seconds) * 1000
        let script = """
            local value = redis.call('HGET', KEYS[1], ARGV[1])
            local rest = string.match(value, '^%d+( .*)$', 33)
            return redis.call('HSET', KEYS[1], ARGV[1], string.sub(value, 1, 32) .. ARGV[2] .. rest)
            """
        _ = try backends.redis.command("EVAL", script, "1", key, field, String(end))
    }

    @Test("is marked in Redis where it would end before the ten minutes do, so that it answers again")
    func ending() async throws {
        try setEnd(in: 300)
        let first = try client.call(2, "verify", verification)
        #expect(first.result != nil)
        // It is marked without anybody waiting for it.
        let giveUpAt = ContinuousClock.now + .seconds(20)
        while try codesInRedis().hasSuffix(" 0 0"), .now < giveUpAt { try await Task.sleep(for: .milliseconds(20)) }
        try setEnd(in: -1)
        let again = try client.call(3, "verify", verification)
        #expect(again.result?["member_id"] as? Int == first.result?["member_id"] as? Int)
        try moveVerification(backBy: 600)
        #expect(try client.call(4, "verify", verification).reason == "CODE_INCORRECT_OR_EXPIRED")
    }
}
