// What our keys are called, how long they live, and that a script touches no other.

import Cryptography
import Foundation
import Logging
import RedisStore
import Signup
import Synchronization
import TestServers
import Testing

@Suite("keys")
struct KeyTests {
    let fixture: Fixture
    let signupID = SignupID.new()

    init() throws { fixture = try Fixture() }

    @Test("an address has one key, named by a digest that depends on no secret")
    func name() async throws {
        try await fixture.install("K7M2XQ", for: signupID, issue: 1)
        try await fixture.install("ABCDEF", for: .new(), issue: 2)
        _ = try await fixture.guess("222222", for: nil)
        let digest = BLAKE2b.withDigest(of: Fixture.email) { Hexadecimal.encode($0) }
        #expect(try fixture.keys() == ["\(fixture.prefix):code:{\(digest)}"])
    }

    @Test("no plain code and no address rests in Redis")
    func nothingPlain() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        let key = try #require(try fixture.keys().first)
        let content = try fixture.redis.command("HGETALL", key)
        #expect(!content.contains("K7M2XQ") && !content.contains("mira") && !key.contains("mira"))
    }

    @Test(
        "whatever bytes a name has, it is one key of its own",
        arguments: ["a\0b@x", "a\r\nFLUSHALL\r\n@x", "{tag}@x", "%s%n*?[a]", "\u{1F600}", "", "a b", "' .. redis.call"]
    )
    func hostileBytes(text: String) async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("ABCDEF", for: signupID, email: text)
        #expect(try await fixture.guess("ABCDEF", for: signupID, email: text) == .match(signupID))
        #expect(try await fixture.guess("K7M2XQ", for: signupID, email: text) == .incorrect(attemptsLeft: 4))
        let subject = RateSubject(kind: .mail, name: text)
        let rules = [RateRule(maximum: 1, window: .seconds(10))]
        let limiter = fixture.store
        let first = try await limiter.charge(subject, rules: rules, now: Fixture.start, deadline: fixture.deadline)
        #expect(first == .charged)
        #expect(try fixture.keys().count == 3)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
    }

    @Test("a key lives as long as the longest-lived thing in it, and a minute more")
    func lifetime() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        let key = try #require(try fixture.keys().first)
        #expect(try secondsToLive(key, near: 3600 + 60))
        try await fixture.install("ABCDEF", for: signupID, issue: 2, lifetime: .seconds(60))
        #expect(try secondsToLive(key, near: 3600 + 60))
        // What was guessed at is remembered a day longer.
        _ = try await fixture.guess("222222", for: signupID)
        #expect(try secondsToLive(key, near: 3600 + 86_400 + 60))
    }

    @Test("wrong guesses by e-mail alone are kept for a day after the newest")
    func lifetimeOfGuesses() async throws {
        for hour in 0..<2 {
            _ = try await fixture.guess("222222", for: nil, now: Fixture.start + .seconds(3600 * hour))
            let key = try #require(try fixture.keys().first)
            #expect(try secondsToLive(key, near: 86_400 + 60))
        }
    }

    @Test("an address keeps 64 codes: the one that would expire first goes, and the log says so")
    func bound() async throws {
        let log = LogRecorder()
        let fixture = try Fixture { $0.logger = log.logger }
        try await fixture.install("K7M2XQ", for: signupID, lifetime: .seconds(100))
        for issue in 2...64 { try await fixture.install("ABCDEF", for: signupID, issue: issue) }
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID, isEnding: true))
        #expect(log.messages.isEmpty)
        try await fixture.install("ABCDEF", for: signupID, issue: 65)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .incorrect(attemptsLeft: 4))
        #expect(log.messages.count == 1)
        let key = try #require(try fixture.keys().first)
        #expect(try fixture.redis.command("HLEN", key) == "64")
    }

    @Test("a user who may touch nothing but the key of an address and of a subject can do everything with them")
    func onlyTheDeclaredKey() async throws {
        let subject = RateSubject(kind: .mail, name: Fixture.email)
        let digest = BLAKE2b.withDigest(of: Fixture.email) { Hexadecimal.encode($0) }
        let prefix = "acl-\(UUID().uuidString)"
        let redis = try PrivateRedis.shared()
        try redis.command(
            "ACL",
            "SETUSER",
            prefix,
            "on",
            ">secret",
            "resetkeys",
            "+@all",
            "~\(prefix):code:{\(digest)}",
            "~\(prefix):rate:mail:{\(digest)}"
        )
        let fixture = try Fixture {
            ($0.user, $0.password, $0.prefix) = (prefix, "secret", prefix)
        }
        try await fixture.install("K7M2XQ", for: signupID)
        _ = try await fixture.guess("222222", for: nil)
        try await fixture.retire(signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
        try await chargeDelayAndRefund(subject, fixture)
        await #expect(throws: BackendFailure.self, "the test can fail") {
            try await fixture.install("K7M2XQ", for: signupID, email: "nora@example.org")
        }
    }

    @Test("a cluster runs the scripts")
    func cluster() async throws {
        let redis = try PrivateRedis.start(arguments: [
            "--cluster-enabled", "yes", "--bind", "127.0.0.1", "--cluster-port", String(try Loopback.freePort()),
        ])
        try redis.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        let end = ContinuousClock.now + .seconds(30)
        while try !redis.command("CLUSTER", "INFO").contains("cluster_state:ok"), .now < end {
            try await Task.sleep(for: .milliseconds(50))
        }
        let fixture = try Fixture(on: redis)
        try await fixture.install("K7M2XQ", for: signupID)
        _ = try await fixture.guess("222222", for: nil)
        try await fixture.retire(signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
        try await chargeDelayAndRefund(RateSubject(kind: .verify, name: "192.0.2.1"), fixture)
    }

    private func chargeDelayAndRefund(_ subject: RateSubject, _ fixture: Fixture) async throws {
        let rules = [RateRule(maximum: 1, window: .seconds(10))]
        let (store, now) = (fixture.store, Fixture.start)
        #expect(try await store.charge(subject, rules: rules, now: now, deadline: fixture.deadline) == .charged)
        #expect(try await store.delay(subject, rules: rules, now: now, deadline: fixture.deadline) == .seconds(10))
        store.refund(subject, chargedAt: now)
        #expect(try await store.delay(subject, rules: rules, now: now, deadline: fixture.deadline) == .zero)
    }

    /// Within fifty seconds: less than the minute that every key lives longer than what is in it.
    private func secondsToLive(_ key: String, near seconds: Int) throws -> Bool {
        guard let rest = Int(try fixture.redis.command("TTL", key)) else { return false }
        // The tests share two cores: seconds pass between two of its lines.
        return (seconds - 50...seconds).contains(rest)
    }
}
