// When each request of an open loop is due. A late request keeps its due time: what waited is counted as waiting.

/// A fixed rate from a start, in nanoseconds of the monotonic clock.
public struct Schedule: Sendable, Equatable {
    public let start: Int64
    private let interval: Double

    public init(start: Int64, perSecond: Double) {
        precondition(perSecond > 0, "a rate is positive")
        self.start = start
        interval = 1e9 / perSecond
    }

    /// When request number `index` (from 0) is to be sent, and from when its latency counts.
    public func dueTime(of index: Int) -> Int64 {
        start + Int64((Double(index) * interval).rounded())
    }

    /// How many requests are due by then.
    public func dueCount(by now: Int64) -> Int {
        guard now >= start else { return 0 }
        var count = Int(Double(now - start) / interval) + 1
        // The division may be off by one either way; the due times decide.
        while count > 0, dueTime(of: count - 1) > now { count -= 1 }
        while dueTime(of: count) <= now { count += 1 }
        return count
    }
}
