// Backing off from a transport (or a store) that is away, as a value: no clock, no sleep.

/// Closed: everything may be sent. Open until a point in time; then one probe at a time until it succeeds.
struct TransportBreaker {
    private let base: Duration
    private let ceiling: Duration
    private var failures = 0
    /// Nothing is begun before this; `nil` while closed.
    private(set) var openUntil: ContinuousClock.Instant?

    init(base: Duration, ceiling: Duration) {
        self.base = base
        self.ceiling = ceiling
    }

    /// Records a fault. Those of sends that were already under way when it opened count as one.
    ///
    /// - Parameter jitter: 0…1; spreads the probes of several couriers over the second half of the pause.
    mutating func recordFault(now: ContinuousClock.Instant, jitter: Double) {
        if let openUntil, now < openUntil { return }
        failures += 1
        let pause = min(base * (1 << min(20, failures - 1)), ceiling)
        openUntil = now + pause * (0.5 + 0.5 * max(0, min(1, jitter)))
    }

    mutating func recordSuccess() {
        failures = 0
        openUntil = nil
    }

    /// Nothing may begin now.
    func isOpen(now: ContinuousClock.Instant) -> Bool {
        openUntil.map { now < $0 } ?? false
    }

    /// How many of `free` sends may begin now.
    func permitted(free: Int, underWay: Int, now: ContinuousClock.Instant) -> Int {
        guard openUntil != nil else { return free }
        if isOpen(now: now) { return 0 }
        return underWay == 0 ? min(1, free) : 0
    }
}
