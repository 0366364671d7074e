// Tells threads that block in libcurl when to give up.

import Signup
import Synchronization

/// A point in time after which nothing goes on; none at first.
final class StopSignal: Sendable {
    private let start = ContinuousClock.now
    /// Milliseconds after `start`.
    private let end = Atomic<Int64>(.max)

    /// Sets the end, or draws it nearer.
    func arm(after grace: Duration) {
        let elapsed = start.duration(to: .now) + grace
        end.min(elapsed.wholeMilliseconds, ordering: .relaxed)
    }

    var isDue: Bool {
        let end = end.load(ordering: .relaxed)
        return end != .max && start.duration(to: .now).wholeMilliseconds >= end
    }
}
