// Keeps callers from waiting, one after the other, for a server that just did not answer.

import Signup
import Synchronization

/// Whether to try a new connection: a value, so that its life is tested without a clock or a server.
///
/// After a failure nobody tries for a pause; then one does, and the others wait for what it finds.
struct Breaker {
    enum Admission: Equatable {
        case admitted
        case refused(retryAfter: Duration)
    }

    private enum State {
        case closed
        case open(until: ContinuousClock.Instant)
        /// One thread is trying since then.
        case probing(since: ContinuousClock.Instant)
    }

    private var state = State.closed
    private var failures = 0
    /// When the server last failed; a connection that worked since is beyond doubt.
    private(set) var lastFailureAt: ContinuousClock.Instant?

    /// Asks to connect. Whoever is admitted reports back.
    mutating func admit(now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed:
            return .admitted
        case .open(let until) where now < until:
            return .refused(retryAfter: until - now)
        // A probe is bounded by the connect timeout; one that never reported (it cannot happen) is not waited for.
        case .probing(let since) where now < since + Limits.longestBreakerPause:
            return .refused(retryAfter: Limits.breakerPause)
        case .open, .probing:
            state = .probing(since: now)
            return .admitted
        }
    }

    /// - Returns: whether the server had been away.
    mutating func succeeded() -> Bool {
        defer {
            state = .closed
            failures = 0
            lastFailureAt = nil
        }
        return failures > 0
    }

    /// - Returns: whether this is news.
    mutating func failed(now: ContinuousClock.Instant) -> Bool {
        failures += 1
        lastFailureAt = now
        let doublings = min(failures - 1, 8)
        let pause = min(Limits.breakerPause * (1 << doublings), Limits.longestBreakerPause)
        state = .open(until: now + pause)
        return failures == 1
    }
}

/// The breaker that all threads of one store share.
final class SharedBreaker: Sendable {
    private let breaker = Mutex((breaker: Breaker(), cause: BackendFailure?.none))

    /// Lets the caller connect, or says how the server failed last and when to ask again.
    func admit() throws(BackendFailure) {
        let refusal: BackendFailure? = breaker.withLock { shared in
            guard case .refused(let retryAfter) = shared.breaker.admit(now: .now) else { return nil }
            return BackendFailure(
                .mariadb,
                .unavailable,
                nativeCode: shared.cause?.nativeCode,
                reason: shared.cause?.reason ?? "not connected",
                retryAfter: retryAfter
            )
        }
        if let refusal { throw refusal }
    }

    /// - Returns: whether the server had been away.
    func succeeded() -> Bool {
        breaker.withLock { $0.breaker.succeeded() }
    }

    /// - Returns: whether this is news.
    func failed(_ cause: BackendFailure) -> Bool {
        breaker.withLock { shared in
            shared.cause = cause
            return shared.breaker.failed(now: .now)
        }
    }

    /// Whether a connection that last worked then may be trusted with work.
    func doubts(workedAt: ContinuousClock.Instant) -> Bool {
        breaker.withLock { shared in
            guard let failedAt = shared.breaker.lastFailureAt else { return false }
            return workedAt < failedAt
        }
    }
}
