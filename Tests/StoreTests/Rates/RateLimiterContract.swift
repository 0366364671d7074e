import Signup
import Testing

@Suite("Rate limits")
struct RateLimiterContract {
    private let subject = RateSubject(kind: .mail, name: "mira@example.org")
    private let rules = [
        RateRule(maximum: 1, window: .seconds(60)), RateRule(maximum: 3, window: .seconds(3600)),
    ]

    private func charge(
        _ stores: Stores,
        _ subject: RateSubject? = nil,
        after time: Duration
    ) async throws -> ChargeOutcome {
        try await stores.limiter.charge(subject ?? self.subject, rules: rules, now: start + time, deadline: soon)
    }

    private func delay(_ stores: Stores, after time: Duration) async throws -> Duration {
        try await stores.limiter.delay(subject, rules: rules, now: start + time, deadline: soon)
    }

    @Test("each window slides, and the wait it tells is true", arguments: StoreBackend.all)
    func slides(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            #expect(try await charge(stores, after: .zero) == .charged)
            #expect(try await charge(stores, after: .seconds(10)) == .limited(retryAfter: .seconds(50)))
            #expect(try await charge(stores, after: .milliseconds(59_999)) == .limited(retryAfter: .milliseconds(1)))
            #expect(try await charge(stores, after: .seconds(60)) == .charged)
            #expect(try await charge(stores, after: .seconds(120)) == .charged)
            #expect(try await charge(stores, after: .seconds(600)) == .limited(retryAfter: .seconds(3000)))
            #expect(try await charge(stores, after: .seconds(3600)) == .charged)
            #expect(try await charge(stores, after: .seconds(3600)) == .limited(retryAfter: .seconds(60)))
        }
    }

    @Test("asking for the delay charges nothing", arguments: StoreBackend.all)
    func delayIsFree(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            for _ in 0..<5 { #expect(try await delay(stores, after: .zero) == .zero) }
            #expect(try await charge(stores, after: .zero) == .charged)
            #expect(try await delay(stores, after: .seconds(15)) == .seconds(45))
            #expect(try await delay(stores, after: .seconds(60)) == .zero)
        }
    }

    @Test("a charge that is taken back was never there", arguments: StoreBackend.all)
    func refund(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            #expect(try await charge(stores, after: .zero) == .charged)
            stores.limiter.refund(subject, chargedAt: start + .milliseconds(1))
            stores.limiter.refund(RateSubject(kind: .signup, name: subject.name), chargedAt: start)
            #expect(try await charge(stores, after: .seconds(1)) == .limited(retryAfter: .seconds(59)))
            stores.limiter.refund(subject, chargedAt: start)
            try await eventually("the charge is taken back") {
                try await delay(stores, after: .seconds(1)) == .zero
            }
            #expect(try await charge(stores, after: .seconds(1)) == .charged)
        }
    }

    @Test("of two charges of one moment, one refund takes back one", arguments: StoreBackend.all)
    func refundsOne(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let rules = [RateRule(maximum: 2, window: .seconds(60))]
            func charge() async throws -> ChargeOutcome {
                try await stores.limiter.charge(subject, rules: rules, now: start, deadline: soon)
            }
            #expect(try await charge() == .charged)
            #expect(try await charge() == .charged)
            #expect(try await charge() == .limited(retryAfter: .seconds(60)))
            stores.limiter.refund(subject, chargedAt: start)
            try await eventually("the charge is taken back") {
                try await stores.limiter.delay(subject, rules: rules, now: start, deadline: soon) == .zero
            }
            #expect(try await charge() == .charged)
            #expect(try await charge() == .limited(retryAfter: .seconds(60)))
        }
    }

    @Test("of forty charges at once exactly as many pass as the rule allows", arguments: StoreBackend.all)
    func isAtomic(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let rules = [RateRule(maximum: 7, window: .seconds(60))]
            let subject = subject
            let outcomes = try await concurrently(0..<40) { number in
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.limiter.charge(subject, rules: rules, now: start, deadline: soon)
            }
            #expect(outcomes.count { $0 == .charged } == 7)
            #expect(outcomes.count { $0 == .limited(retryAfter: .seconds(60)) } == 33)
        }
    }

    @Test("subjects of another kind or name are not concerned", arguments: StoreBackend.all)
    func isPerSubject(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores async throws in
            #expect(try await charge(stores, after: .zero) == .charged)
            let others = [
                RateSubject(kind: .signup, name: subject.name), RateSubject(kind: .mail, name: "noor@example.org"),
            ]
            for other in others { #expect(try await charge(stores, other, after: .zero) == .charged) }
        }
    }
}
