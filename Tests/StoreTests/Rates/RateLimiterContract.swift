import Signup
import Testing

private let subject = RateSubject(kind: .mail, name: "mira@example.org")
private let rules = [
    RateRule(maximum: 1, window: .seconds(60)), RateRule(maximum: 3, window: .seconds(3600)),
]

extension Stores {
    fileprivate func charge(
        _ subject: RateSubject = subject,
        rules: [RateRule] = rules,
        at time: Timestamp
    ) async throws -> ChargeOutcome {
        try await limiter.charge(subject, rules: rules, now: time, deadline: soon)
    }

    fileprivate func delay(rules: [RateRule] = rules, at time: Timestamp) async throws -> Duration {
        try await limiter.delay(subject, rules: rules, now: time, deadline: soon)
    }
}

@Suite("Rate limits")
struct RateLimiterContract {
    @Test("each window slides, and the wait it tells is true", arguments: StoreBackend.all)
    func slides(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            #expect(try await stores.charge(at: start) == .charged)
            #expect(try await stores.charge(at: start + .seconds(10)) == .limited(retryAfter: .seconds(50)))
            #expect(
                try await stores.charge(at: start + .milliseconds(59_999)) == .limited(retryAfter: .milliseconds(1))
            )
            #expect(try await stores.charge(at: start + .seconds(60)) == .charged)
            #expect(try await stores.charge(at: start + .seconds(120)) == .charged)
            #expect(try await stores.charge(at: start + .seconds(600)) == .limited(retryAfter: .seconds(3000)))
            #expect(try await stores.charge(at: start + .seconds(3600)) == .charged)
            #expect(try await stores.charge(at: start + .seconds(3600)) == .limited(retryAfter: .seconds(60)))
        }
    }

    @Test("asking for the delay charges nothing", arguments: StoreBackend.all)
    func delayIsFree(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            for _ in 0..<5 { #expect(try await stores.delay(at: start) == .zero) }
            #expect(try await stores.charge(at: start) == .charged)
            #expect(try await stores.delay(at: start + .seconds(15)) == .seconds(45))
            #expect(try await stores.delay(at: start + .seconds(60)) == .zero)
        }
    }

    @Test("a charge that is taken back was never there", arguments: StoreBackend.all)
    func refund(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            #expect(try await stores.charge(at: start) == .charged)
            stores.limiter.refund(subject, chargedAt: start + .milliseconds(1))
            stores.limiter.refund(RateSubject(kind: .signup, name: subject.name), chargedAt: start)
            #expect(try await stores.charge(at: start + .seconds(1)) == .limited(retryAfter: .seconds(59)))
            stores.limiter.refund(subject, chargedAt: start)
            try await eventually("the charge is taken back") {
                try await stores.delay(at: start + .seconds(1)) == .zero
            }
            #expect(try await stores.charge(at: start + .seconds(1)) == .charged)
        }
    }

    @Test("of two charges of one moment, one refund takes back one", arguments: StoreBackend.all)
    func refundsOne(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let rules = [RateRule(maximum: 2, window: .seconds(60))]
            for _ in 0..<2 { #expect(try await stores.charge(rules: rules, at: start) == .charged) }
            let full = ChargeOutcome.limited(retryAfter: .seconds(60))
            #expect(try await stores.charge(rules: rules, at: start) == full)
            stores.limiter.refund(subject, chargedAt: start)
            try await eventually("the charge is taken back") {
                try await stores.delay(rules: rules, at: start) == .zero
            }
            #expect(try await stores.charge(rules: rules, at: start) == .charged)
            #expect(try await stores.charge(rules: rules, at: start) == full)
        }
    }

    @Test("of forty charges at once exactly as many pass as the rule allows", arguments: StoreBackend.all)
    func isAtomic(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let rules = [RateRule(maximum: 7, window: .seconds(60))]
            let outcomes = try await concurrently(0..<40) { number in
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.charge(rules: rules, at: start)
            }
            #expect(outcomes.count { $0 == .charged } == 7)
            #expect(outcomes.count { $0 == .limited(retryAfter: .seconds(60)) } == 33)
        }
    }

    @Test("subjects of another kind or name are not concerned", arguments: StoreBackend.all)
    func isPerSubject(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            #expect(try await stores.charge(at: start) == .charged)
            let others = [
                RateSubject(kind: .signup, name: subject.name), RateSubject(kind: .mail, name: "noor@example.org"),
            ]
            for other in others { #expect(try await stores.charge(other, at: start) == .charged) }
        }
    }
}
