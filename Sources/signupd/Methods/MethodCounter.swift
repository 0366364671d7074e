// What has come of the requests of one method.

import Synchronization
import Wire

struct MethodCounts {
    private(set) var requests = 0
    private(set) var results = 0
    private(set) var errors: [ErrorReason: Int] = [:]
    private(set) var latency = LatencyHistogram()

    fileprivate mutating func add(_ outcome: Outcome, latency duration: Duration) {
        requests += 1
        latency.add(duration)
        switch outcome {
        case .success: results += 1
        case .failure(let failure): errors[failure.reason, default: 0] += 1
        }
    }
}

/// The counters of one method, safe to use from every thread.
final class MethodCounter: Sendable {
    private let state = Mutex(MethodCounts())

    var counts: MethodCounts { state.withLock { $0 } }

    /// Counts a request, once it is done.
    func count(_ outcome: Outcome, latency: Duration) {
        state.withLock { $0.add(outcome, latency: latency) }
    }
}
