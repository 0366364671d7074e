// A code that was used answers again for ten minutes and no longer, and MariaDB's clock of the member decides, not Redis.

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

    @Test("is marked in Redis where it would end before the ten minutes do, so that it answers again")
    func ending() async throws {
        let key = try backends.redis.command("KEYS", "*:code:*")
        let field = try backends.redis.command("HKEYS", key)
        // The same code, as if it had been mailed most of an hour ago.
        let soon = Int64(Date().timeIntervalSince1970 * 1000) + 1500
        let change =
            "local value = redis.call('HGET', KEYS[1], ARGV[1]) "
            + "return redis.call('HSET', KEYS[1], ARGV[1], string.sub(value, 1, 32) .. ARGV[2] .. ' 0 0')"
        _ = try backends.redis.command("EVAL", change, "1", key, field, String(soon))
        let first = try client.call(2, "verify", verification)
        #expect(first.result != nil)
        try await Task.sleep(for: .milliseconds(1600))
        let again = try client.call(3, "verify", verification)
        #expect(again.result?["member_id"] as? Int == first.result?["member_id"] as? Int)
        #expect(try !codesInRedis().hasSuffix(" 0 0"))
    }
}
