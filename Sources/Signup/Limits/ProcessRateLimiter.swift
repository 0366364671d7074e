// Sliding windows in this process's memory: what limits fall back to while Redis is away.

import Synchronization

/// Counts for this process alone, forgets at exit, and never fails.
public final class ProcessRateLimiter: RateLimiter {
    /// More subjects than an hour of signups brings; beyond it the oldest half is forgotten, so that memory stays bounded.
    private static let subjectCapacity = 20_000

    private let charges = Mutex<[RateSubject: [Timestamp]]>([:])

    /// Starts with nothing charged.
    public init() {}

    public func charge(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> ChargeOutcome {
        charges.withLock { charges in
            let log = charges[subject] ?? []
            let delay = SlidingLog.delay(log, rules: rules, now: now)
            guard delay <= .zero else { return .limited(retryAfter: delay) }
            if charges.count >= Self.subjectCapacity { Self.forgetOldestHalf(&charges) }
            charges[subject] = SlidingLog.appending(now, to: log, rules: rules)
            return .charged
        }
    }

    public func refund(_ subject: RateSubject, chargedAt: Timestamp) {
        charges.withLock { charges in
            guard let position = charges[subject]?.lastIndex(of: chargedAt) else { return }
            charges[subject]?.remove(at: position)
        }
    }

    public func delay(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Duration {
        charges.withLock { charges in
            max(.zero, SlidingLog.delay(charges[subject] ?? [], rules: rules, now: now))
        }
    }

    private static func forgetOldestHalf(_ charges: inout [RateSubject: [Timestamp]]) {
        let byAge = charges.sorted { left, right in
            (left.value.last?.millisecondsSince1970 ?? 0) < (right.value.last?.millisecondsSince1970 ?? 0)
        }
        for (subject, _) in byAge.prefix(subjectCapacity / 2) { charges[subject] = nil }
    }
}

/// The arithmetic of a sliding log: charges in order of time, and rules over the newest of them.
enum SlidingLog {
    /// How long until every rule lets one more charge pass; zero or less: now.
    static func delay(_ log: [Timestamp], rules: [RateRule], now: Timestamp) -> Duration {
        rules.map { rule in
            guard log.count >= rule.maximum else { return Duration.zero }
            return (log[log.count - rule.maximum] + rule.window).since(now)
        }.max() ?? .zero
    }

    /// The log with one more charge, without what no rule looks at any more.
    static func appending(_ now: Timestamp, to log: [Timestamp], rules: [RateRule]) -> [Timestamp] {
        let longest = rules.map(\.maximum).max() ?? 1
        return Array((log + [now]).suffix(longest))
    }
}
