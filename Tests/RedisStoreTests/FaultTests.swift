// Redis forgets, refuses, hangs and dies; callers are told at once, and it recovers by itself.

import Foundation
import Logging
import RedisStore
import Signup
import TestServers
import Testing

@Suite("faults")
struct FaultTests {
    let signupID = SignupID.new()

    @Test("a server that lost its scripts is given them again, within the batch")
    func scriptFlush() async throws {
        let fixture = try Fixture(on: try .start())
        try await fixture.install("K7M2XQ", for: signupID)
        try fixture.redis.command("SCRIPT", "FLUSH")
        let outcomes = try await withThrowingTaskGroup(of: GuessOutcome.self) { group in
            for _ in 1...20 {
                group.addTask { [signupID] in try await fixture.guess("222222", for: signupID) }
            }
            return try await group.reduce(into: [GuessOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 != .exhausted } == 5)
        #expect(try fixture.redis.command("INFO", "clients").contains("connected_clients:2"), "ours and this one")
    }

    @Test("a server that came back empty is used at once; its codes are gone")
    func restartedEmpty() async throws {
        let fixture = try Fixture(on: try .start())
        try await fixture.install("K7M2XQ", for: signupID)
        try fixture.redis.restart()
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .incorrect(attemptsLeft: nil))
    }

    @Test("a server that came back with its data still knows guesses, uses and charges")
    func restartedWithData() async throws {
        let fixture = try Fixture(on: try .start(appendOnly: true))
        try await fixture.install("K7M2XQ", for: signupID)
        _ = try await fixture.guess("222222", for: signupID)
        try fixture.redis.restart()
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 3))
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
    }

    @Test("a dead server is refused at once with when to come back, and found again by itself, logged once each")
    func killed() async throws {
        let log = LogRecorder()
        let fixture = try Fixture(on: try .start()) { $0.logger = log.logger }
        try await fixture.install("K7M2XQ", for: signupID)
        fixture.redis.kill9()
        let begin = ContinuousClock.now
        for _ in 1...20 {
            let failure = await failure { _ = try await fixture.guess("K7M2XQ", for: signupID) }
            #expect(failure?.kind == .unavailable)
            #expect(try #require(failure?.retryAfter) <= .seconds(2))
        }
        #expect(ContinuousClock.now - begin < .seconds(10), "or each waited for a timeout")
        try fixture.redis.restart()
        #expect(try await answered(within: .seconds(10)) { try await fixture.guess("K7M2XQ", for: signupID) })
        // The thread logs after it has answered; before its next batch it has.
        try await fixture.store.ping(deadline: fixture.deadline)
        #expect(log.messages.count == 2)
        #expect(log.messages.first?.hasPrefix("Redis is unavailable") == true)
        #expect(log.messages.last?.hasPrefix("Redis is back") == true)
    }

    @Test("a hung server is given up after a second, then refused at once, and found again by itself")
    func hung() async throws {
        let fixture = try Fixture(on: try .start())
        try await fixture.install("K7M2XQ", for: signupID)
        try fixture.redis.pause()
        let begin = ContinuousClock.now
        let first = await failure { _ = try await fixture.guess("222222", for: signupID) }
        let waited = ContinuousClock.now - begin
        #expect(first?.kind == .unavailable)
        #expect(waited > .milliseconds(900) && waited < .seconds(8))
        let second = await failure { _ = try await fixture.guess("222222", for: signupID) }
        #expect(second?.retryAfter != nil)
        try fixture.redis.resume()
        #expect(try await answered(within: .seconds(10)) { try await fixture.guess("K7M2XQ", for: signupID) })
        let outcome = try await fixture.guess("222222", for: signupID)
        #expect(outcome == .incorrect(attemptsLeft: 4) || outcome == .incorrect(attemptsLeft: 3))
    }

    @Test("a connection that is cut before the answer: what may run twice is sent again, a guess is not")
    func connectionCut() async throws {
        let fixture = try Fixture(on: try .start()) { $0.timeout = .seconds(10) }
        try await fixture.install("K7M2XQ", for: signupID)
        try await cutting(fixture.redis) {
            try await fixture.install("ABCDEF", for: signupID, issue: 2)
        }
        #expect(try await fixture.guess("ABCDEF", for: signupID) == .match(signupID))
        let failure = await failure {
            try await cutting(fixture.redis) { _ = try await fixture.guess("222222", for: signupID) }
        }
        #expect(failure?.kind == .unavailable)
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 4))
    }

    /// Cuts the connection between a call's command and its answer: while writes are paused, the command waits at Redis.
    private func cutting(_ redis: PrivateRedis, _ call: @Sendable () async throws -> Void) async throws {
        try redis.command("CLIENT", "PAUSE", "60000", "WRITE")
        async let answer: Void = call()
        let end = ContinuousClock.now + .seconds(30)
        while try !redis.command("INFO", "clients").contains("blocked_clients:1"), .now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        try redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        try redis.command("CLIENT", "UNPAUSE")
        try await answer
    }

    @Test("a server without memory still matches codes, and refuses what it cannot keep")
    func outOfMemory() async throws {
        let fixture = try Fixture(on: try .start())
        try await fixture.install("K7M2XQ", for: signupID)
        try fixture.redis.command("CONFIG", "SET", "maxmemory", "1")
        let failure = await failure { _ = try await fixture.guess("222222", for: signupID) }
        #expect(failure?.kind == .unavailable)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
        try fixture.redis.command("CONFIG", "SET", "maxmemory", "0")
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 4))
    }

    @Test("a server that became read-only is left, and asked again over a new connection")
    func readOnly() async throws {
        let fixture = try Fixture(on: try .start())
        try await fixture.install("K7M2XQ", for: signupID)
        let before = try fixture.redis.command("CLIENT", "LIST").split(separator: "\n").first { $0.contains("signupd") }
        try fixture.redis.command("REPLICAOF", "127.0.0.1", "1")
        let failure = await failure { try await fixture.install("K7M2XQ", for: signupID) }
        #expect(failure?.kind == .unavailable)
        try fixture.redis.command("REPLICAOF", "NO", "ONE")
        #expect(try await answered(within: .seconds(10)) { try await fixture.guess("K7M2XQ", for: signupID) })
        let after = try fixture.redis.command("CLIENT", "LIST").split(separator: "\n").first { $0.contains("signupd") }
        #expect(before?.prefix(8) != after?.prefix(8), "the id of the connection")
    }

    @Test("a password is needed, is sent, and is never shown")
    func password() async throws {
        let redis = try PrivateRedis.start(password: "correct horse")
        let right = try Fixture(on: redis) { $0.password = "correct horse" }
        try await right.store.ping(deadline: right.deadline)
        let log = LogRecorder()
        let wrong = try Fixture(on: redis) { ($0.password, $0.logger) = ("wrong battery", log.logger) }
        let refused = await failure { try await wrong.store.ping(deadline: wrong.deadline) }
        #expect(refused?.kind == .unavailable)
        #expect(refused?.reason == "the server refuses the login (WRONGPASS)")
        let missing = try Fixture(on: redis)
        #expect(await failure { try await missing.store.ping(deadline: missing.deadline) }?.kind == .unavailable)
        #expect(!log.messages.isEmpty && !log.messages.contains { $0.contains("battery") })
    }

    @Test("a password with no use, which an old server would quote, is not shown either")
    func unknownAuth() async throws {
        let redis = try PrivateRedis.start(arguments: ["--rename-command", "AUTH", ""])
        let fixture = try Fixture(on: redis) { $0.password = "wrong battery" }
        let refused = await failure { try await fixture.store.ping(deadline: fixture.deadline) }
        #expect(refused?.reason == "the server refuses the login (ERR)")
    }

    @Test("over TCP, in a database of its own")
    func tcp() async throws {
        let port = try Loopback.freePort()
        let redis = try PrivateRedis.start(arguments: ["--port", String(port), "--bind", "127.0.0.1"])
        let fixture = try Fixture(on: redis) { ($0.port, $0.database) = (Int(port), 3) }
        try await fixture.install("K7M2XQ", for: signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
        #expect(try redis.command("INFO", "keyspace").contains("db3:keys=1"))
        try redis.restart()
        try await fixture.install("K7M2XQ", for: signupID)
    }

    @Test("nobody listens")
    func nobodyListens() async throws {
        for path in ["/tmp/no-such-\(UUID().uuidString).sock", "/tmp/" + String(repeating: "x", count: 200)] {
            let fixture = try Fixture { $0.socketPath = path }
            let refused = await failure { try await fixture.store.ping(deadline: fixture.deadline) }
            #expect(refused?.kind == .unavailable)
        }
        let port = Int(try Loopback.freePort())
        let fixture = try Fixture { $0.port = port }
        #expect(await failure { try await fixture.store.ping(deadline: fixture.deadline) }?.kind == .unavailable)
    }

    @Test("a command whose caller stopped waiting is not sent")
    func deadline() async throws {
        let fixture = try Fixture()
        try await fixture.install("K7M2XQ", for: signupID)
        let late = await failure { _ = try await fixture.guess("222222", for: signupID, deadline: .now) }
        #expect(late?.kind == .deadlineExceeded)
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 4))
    }

    @Test("a full queue refuses, and whoever was queued is answered")
    func fullQueue() async throws {
        let fixture = try Fixture(on: try .start()) { $0.queueCapacity = 4 }
        try await fixture.install("K7M2XQ", for: signupID)
        try fixture.redis.pause()
        let kinds = await withTaskGroup(of: BackendFailure.Kind?.self) { group in
            for _ in 1...50 {
                group.addTask {
                    await failure { _ = try await fixture.guess("222222", for: signupID) }?.kind
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try fixture.redis.resume()
        #expect(kinds.contains(.overloaded))
        #expect(kinds.allSatisfy { $0 == .overloaded || $0 == .unavailable })
    }

    @Test("after shutting down every call is refused, and what was queued has been run")
    func shutDown() async throws {
        let fixture = try Fixture()
        try await fixture.install("K7M2XQ", for: signupID)
        fixture.store.retire(signupID: signupID, email: Fixture.email, now: Fixture.start)
        fixture.store.shutDown()
        fixture.store.shutDown()
        let refused = await failure { try await fixture.store.ping(deadline: fixture.deadline) }
        #expect(refused?.kind == .shuttingDown)
        let key = try #require(try fixture.keys().first)
        #expect(try fixture.redis.command("HVALS", key).hasSuffix(" 0 1800000600000"))
    }

    /// The failure a call throws; `nil` if it throws none.
    private func failure(_ call: () async throws -> Void) async -> BackendFailure? {
        do {
            try await call()
            return nil
        } catch {
            return error as? BackendFailure
        }
    }

    /// Whether a call succeeds before long, however often it is refused until then.
    private func answered(within limit: Duration, _ call: () async throws -> GuessOutcome) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if await failure({ _ = try await call() }) == nil { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}
