// Sliding windows that tell the truth about how long they refuse.

import RedisStore
import Signup
import TestServers
import Testing

@Suite("rate limits")
struct RateLimitTests {
    let fixture: Fixture
    let subject = RateSubject(kind: .mail, name: Fixture.email)

    init() throws { fixture = try Fixture() }

    private func charge(
        _ rules: [RateRule],
        at second: Int,
        subject: RateSubject? = nil
    ) async throws -> ChargeOutcome {
        let now = Fixture.start + .seconds(second)
        return try await fixture.store.charge(
            subject ?? self.subject,
            rules: rules,
            now: now,
            deadline: fixture.deadline
        )
    }

    private func delay(_ rules: [RateRule], at second: Int) async throws -> Duration {
        let now = Fixture.start + .seconds(second)
        return try await fixture.store.delay(subject, rules: rules, now: now, deadline: fixture.deadline)
    }

    @Test("the window slides: each charge leaves it on its own")
    func sliding() async throws {
        let rules = [RateRule(maximum: 3, window: .seconds(60))]
        for second in [0, 10, 20] { #expect(try await charge(rules, at: second) == .charged) }
        #expect(try await charge(rules, at: 30) == .limited(retryAfter: .seconds(30)))
        #expect(try await charge(rules, at: 59) == .limited(retryAfter: .seconds(1)))
        #expect(try await charge(rules, at: 60) == .charged)
        #expect(try await charge(rules, at: 60) == .limited(retryAfter: .seconds(10)))
    }

    @Test("every rule must pass, and the longest wait is told")
    func severalRules() async throws {
        let rules = [
            RateRule(maximum: 1, window: .seconds(60)),
            RateRule(maximum: 2, window: .seconds(3600)),
        ]
        #expect(try await charge(rules, at: 0) == .charged)
        #expect(try await charge(rules, at: 30) == .limited(retryAfter: .seconds(30)))
        #expect(try await charge(rules, at: 60) == .charged)
        #expect(try await charge(rules, at: 61) == .limited(retryAfter: .seconds(3539)))
        #expect(try await charge(rules, at: 3600) == .charged)
    }

    @Test("a refused charge is not counted")
    func refusedIsFree() async throws {
        let rules = [RateRule(maximum: 1, window: .seconds(60))]
        #expect(try await charge(rules, at: 0) == .charged)
        for second in 1...20 { #expect(try await charge(rules, at: second) != .charged) }
        #expect(try await charge(rules, at: 60) == .charged)
    }

    @Test("the delay is what a charge would be told, and charges nothing")
    func delays() async throws {
        let rules = [RateRule(maximum: 1, window: .seconds(60))]
        #expect(try await delay(rules, at: 0) == .zero)
        #expect(try fixture.keys().isEmpty)
        #expect(try await charge(rules, at: 0) == .charged)
        #expect(try await delay(rules, at: 1) == .seconds(59))
        #expect(try await delay(rules, at: 60) == .zero)
    }

    @Test("a refund takes back one charge of that very date")
    func refund() async throws {
        let rules = [RateRule(maximum: 2, window: .seconds(60))]
        #expect(try await charge(rules, at: 0) == .charged)
        #expect(try await charge(rules, at: 0) == .charged)
        fixture.store.refund(subject, chargedAt: Fixture.start + .seconds(1))
        #expect(try await delay(rules, at: 1) == .seconds(59), "there was none of that date")
        fixture.store.refund(subject, chargedAt: Fixture.start)
        #expect(try await charge(rules, at: 1) == .charged)
        #expect(try await delay(rules, at: 1) == .seconds(59), "the other one stays")
    }

    @Test("of fifty charges at once exactly five pass a limit of five")
    func race() async throws {
        let rules = [RateRule(maximum: 5, window: .seconds(60))]
        let outcomes = try await withThrowingTaskGroup(of: ChargeOutcome.self) { group in
            for _ in 1...50 { group.addTask { try await charge(rules, at: 0) } }
            return try await group.reduce(into: [ChargeOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .charged } == 5)
        #expect(outcomes.count { $0 == .limited(retryAfter: .seconds(60)) } == 45)
    }

    @Test("subjects of another kind or name have their own count")
    func subjects() async throws {
        let rules = [RateRule(maximum: 1, window: .seconds(60))]
        #expect(try await charge(rules, at: 0) == .charged)
        for kind in [RateSubject.Kind.signup, .verify] {
            let other = RateSubject(kind: kind, name: Fixture.email)
            #expect(try await charge(rules, at: 0, subject: other) == .charged)
        }
        let other = RateSubject(kind: .mail, name: "nora@example.org")
        #expect(try await charge(rules, at: 0, subject: other) == .charged)
    }

    @Test("the log of a subject is no longer than its largest rule, and lives as long as that rule's window")
    func bounded() async throws {
        let rules = [RateRule(maximum: 100, window: .seconds(60))]
        for second in 0..<3 {
            for _ in 1...50 { _ = try await charge(rules, at: second * 40) }
        }
        let key = try #require(try fixture.keys().first)
        #expect(try fixture.redis.command("ZCARD", key) == "100")
        let rest = try #require(Int(try fixture.redis.command("TTL", key)))
        #expect((50...60).contains(rest))
    }

    @Test("no rules, no limit, and nothing is logged")
    func noRules() async throws {
        #expect(try await charge([], at: 0) == .charged)
        #expect(try await delay([], at: 0) == .zero)
        #expect(try fixture.keys().isEmpty)
    }

    @Test("a charge dated ahead by another machine's clock does not break the count")
    func clocksApart() async throws {
        let rules = [RateRule(maximum: 2, window: .seconds(60))]
        #expect(try await charge(rules, at: 5) == .charged)
        #expect(try await charge(rules, at: 0) == .charged)
        #expect(try await charge(rules, at: 1) == .limited(retryAfter: .seconds(59)))
        #expect(try await charge(rules, at: 60) == .charged)
        #expect(try await charge(rules, at: 60) == .limited(retryAfter: .seconds(5)))
    }
}
