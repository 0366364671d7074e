// Limits that go on while their backend is away: a signup is not refused because nobody can count it.

public import Logging

/// Asks the shared limiter, and this process's own while the shared one fails.
public struct FallbackRateLimiter: RateLimiter {
    private let shared: any RateLimiter
    private let local = ProcessRateLimiter()
    private let logger: Logger

    /// - Parameters:
    ///   - shared: the limiter every process counts in.
    ///   - logger: hears when it is left, and when it is back.
    public init(shared: any RateLimiter, logger: Logger) {
        self.shared = shared
        self.logger = logger
    }

    public func charge(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> ChargeOutcome {
        do throws(BackendFailure) {
            return try await shared.charge(subject, rules: rules, now: now, deadline: deadline)
        } catch {
            logger.debug("limits fall back to this process", metadata: ["cause": "\(error)"])
            return try await local.charge(subject, rules: rules, now: now, deadline: deadline)
        }
    }

    public func refund(_ subject: RateSubject, chargedAt: Timestamp) {
        shared.refund(subject, chargedAt: chargedAt)
        local.refund(subject, chargedAt: chargedAt)
    }

    public func delay(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Duration {
        do throws(BackendFailure) {
            return try await shared.delay(subject, rules: rules, now: now, deadline: deadline)
        } catch {
            logger.debug("limits fall back to this process", metadata: ["cause": "\(error)"])
            return try await local.delay(subject, rules: rules, now: now, deadline: deadline)
        }
    }
}
