// Whether Redis is worth a try: after a failure jobs fail at once for a while, instead of each waiting for a timeout.

/// Closed, or open until some point in time. A value that knows no socket and no clock.
struct Breaker {
    private var pause = Duration.zero
    private var openUntil: ContinuousClock.Instant?

    /// Whether the last try failed.
    var isTripped: Bool { openUntil != nil }

    /// How long until the next try; `nil` when one may be made now.
    func remaining(at now: ContinuousClock.Instant) -> Duration? {
        guard let openUntil, openUntil > now else { return nil }
        return now.duration(to: openUntil)
    }

    /// A try failed: the next is made after a pause, twice as long as the last one.
    mutating func trip(at now: ContinuousClock.Instant) {
        pause = pause == .zero ? Bounds.firstPause : min(pause * 2, Bounds.longestPause)
        openUntil = now + pause
    }

    /// A try succeeded.
    mutating func reset() {
        pause = .zero
        openUntil = nil
    }
}
