// What one courier knows of itself: how many rows are under way, how fast they leave, and whether the transport is backing off.

import Synchronization

/// The courier's shared counters, under one lock.
final class CourierDesk: Sendable {
    fileprivate struct State {
        /// Claimed, and not sent yet.
        var unsent = 0
        /// Claimed, and without an outcome in the outbox yet; the unsent too.
        var unsettled = 0
        /// The last claim found less than it asked for. What is owed since then rings by itself.
        var isOutboxEmpty = false
        var isStopping = false
        /// Mail is due, and the hour allows no more.
        var isCapped = false
        var pace: CourierPace
        var breaker: TransportBreaker
    }

    private let state: Mutex<State>
    private let concurrency: Int
    private let pollInterval: Duration

    init(policy: CourierPolicy, concurrency: Int) {
        self.concurrency = concurrency
        pollInterval = policy.pollInterval
        let breaker = TransportBreaker(base: policy.transportRetryBase, ceiling: policy.transportRetryCeiling)
        state = Mutex(State(pace: CourierPace(now: .now), breaker: breaker))
    }

    /// Takes places for the rows that may be claimed now.
    func reserve(now: ContinuousClock.Instant) -> Int {
        state.withLock { state in
            let room = state.room(concurrency, now)
            let places = state.breaker.permitted(free: room, underWay: state.unsettled, now: now)
            state.unsent += places
            state.unsettled += places
            return places
        }
    }

    /// Keeps the places that were filled.
    func claimed(_ count: Int, reserved: Int) {
        state.withLock { state in
            state.unsent -= reserved - count
            state.unsettled -= reserved - count
            state.isOutboxEmpty = count < reserved
        }
    }

    /// Notes whether the hour allows no more mail. Returns whether that began just now.
    func capBegan(_ isCapped: Bool) -> Bool {
        state.withLock { state in
            defer { state.isCapped = isCapped }
            return isCapped && !state.isCapped
        }
    }

    /// Whether a row that is ready may be sent now, or had better be given back.
    func mayBegin(now: ContinuousClock.Instant) -> Bool {
        state.withLock { !$0.isStopping && !$0.breaker.isOpen(now: now) }
    }

    /// A row's part with the transport is over. Returns whether the courier should claim more.
    ///
    /// - Parameter wasAnswered: the transport works, whatever it said to this row.
    func sendEnded(wasAnswered: Bool, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.unsent -= 1
            if wasAnswered { state.pace.sent(now: now) }
            return !state.isOutboxEmpty && state.room(concurrency, now) > 0
        }
    }

    /// A row has its outcome, or is left to its lease. Returns whether the courier should claim more.
    ///
    /// - Parameter allWorks: the transport answered, and the outbox took the note.
    func finished(allWorks: Bool, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.unsettled -= 1
            if allWorks { state.breaker.recordSuccess() }
            return !state.isOutboxEmpty && state.room(concurrency, now) > 0
        }
    }

    /// Records a fault. Returns whether it opened the breaker (and is worth a line in the log).
    func failed(now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            let before = state.breaker.openUntil
            state.breaker.recordFault(now: now, jitter: Double.random(in: 0...1))
            return state.breaker.openUntil != before
        }
    }

    /// Nothing is begun any more.
    func stop() {
        state.withLock { $0.isStopping = true }
    }

    /// How long there is nothing to do, unless the bell rings.
    func pause(now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in
            guard let openUntil = state.breaker.openUntil, now < openUntil else { return pollInterval }
            return openUntil - now
        }
    }
}

extension CourierDesk.State {
    /// How many rows to claim now. A free connection waits for nothing; ahead of busy ones a claim waits until half of the room
    /// is free, since many rows cost it hardly more than one.
    fileprivate mutating func room(_ concurrency: Int, _ now: ContinuousClock.Instant) -> Int {
        let most = concurrency + pace.ahead(now: now)
        guard unsent < concurrency || unsent <= most / 2 else { return 0 }
        return max(0, min(most - unsent, concurrency + CourierPolicy.mostUnsettled - unsettled))
    }
}
