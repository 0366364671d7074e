// The rate limiter's port.

public import Signup

extension SQLiteStore: RateLimiter {
    public func charge(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> ChargeOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in
            let subject = ChargeSubject(subject)
            let wait = try transaction.delay(subject, rules: rules, now: now)
            if wait > .zero { return .limited(retryAfter: wait) }
            try transaction.enter(subject, rules: rules, now: now)
            return .charged
        }
    }

    public func refund(_ subject: RateSubject, chargedAt: Timestamp) {
        writeLater("taking a charge back") { transaction throws(BackendFailure) in
            try transaction.takeBack(ChargeSubject(subject), chargedAt: chargedAt)
        }
    }

    public func delay(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Duration {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.delay(ChargeSubject(subject), rules: rules, now: now)
        }
    }
}
