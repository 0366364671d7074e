// What one courier knows of itself: how many sends are under way, and whether the transport is backing off.

import Synchronization

/// The courier's shared counters, under one lock.
final class CourierDesk: Sendable {
    private struct State {
        var underWay = 0
        /// Mail is due, and the hour allows no more.
        var isCapped = false
        var breaker: TransportBreaker
    }

    private let state: Mutex<State>
    private let pollInterval: Duration

    init(policy: CourierPolicy) {
        pollInterval = policy.pollInterval
        let breaker = TransportBreaker(base: policy.transportRetryBase, ceiling: policy.transportRetryCeiling)
        state = Mutex(State(breaker: breaker))
    }

    /// Takes the places of the sends that may begin now.
    func reserve(of concurrency: Int, now: ContinuousClock.Instant) -> Int {
        state.withLock { state in
            let free = max(0, concurrency - state.underWay)
            let places = state.breaker.permitted(free: free, underWay: state.underWay, now: now)
            state.underWay += places
            return places
        }
    }

    /// Keeps the places that were filled.
    func claimed(_ count: Int, reserved: Int) {
        state.withLock { $0.underWay -= reserved - count }
    }

    /// Notes whether the hour allows no more mail. Returns whether that began just now.
    func capBegan(_ isCapped: Bool) -> Bool {
        state.withLock { state in
            defer { state.isCapped = isCapped }
            return isCapped && !state.isCapped
        }
    }

    func finished() {
        state.withLock { $0.underWay -= 1 }
    }

    func succeeded() {
        state.withLock { $0.breaker.recordSuccess() }
    }

    /// Records a fault. Returns whether it opened the breaker (and is worth a line in the log).
    func failed(now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            let before = state.breaker.openUntil
            state.breaker.recordFault(now: now, jitter: Double.random(in: 0...1))
            return state.breaker.openUntil != before
        }
    }

    /// How long there is nothing to do, unless the bell rings.
    func pause(now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in
            guard let openUntil = state.breaker.openUntil, now < openUntil else { return pollInterval }
            return openUntil - now
        }
    }
}
