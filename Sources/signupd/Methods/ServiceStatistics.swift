// What this process has done since it started. Everybody counts into it; service.stats reads it.

import Synchronization
import Wire

/// Counters of one process, safe to use from every thread. They only grow, but for the open connections.
final class ServiceStatistics: Sendable {
    struct Connections {
        var open = 0
        var accepted = 0
        var refused = 0
    }

    struct Messages {
        var malformed = 0
        var droppedNotifications = 0
        var droppedResponses = 0
        var lateOutcomes = 0
    }

    struct MethodCounts {
        var requests = 0
        var results = 0
        var errors: [ErrorReason: Int] = [:]
        var latency = LatencyHistogram()
    }

    struct Counts {
        var connections = Connections()
        var messages = Messages()
        var methods: [String: MethodCounts] = [:]
    }

    private let state = Mutex(Counts())
    private let start = ContinuousClock.now

    var uptime: Duration { .now - start }

    var counts: Counts { state.withLock { $0 } }

    func countAcceptedConnection() {
        state.withLock {
            $0.connections.open += 1
            $0.connections.accepted += 1
        }
    }

    func countRefusedConnection() {
        state.withLock { $0.connections.refused += 1 }
    }

    func countClosedConnection() {
        state.withLock { $0.connections.open -= 1 }
    }

    /// Adds what a session has counted since it was last asked.
    func add(_ current: SessionStatistics, since last: SessionStatistics) {
        state.withLock {
            $0.messages.malformed += current.malformedMessages - last.malformedMessages
            $0.messages.droppedNotifications += current.droppedNotifications - last.droppedNotifications
            $0.messages.droppedResponses += current.droppedResponses - last.droppedResponses
            $0.messages.lateOutcomes += current.lateOutcomes - last.lateOutcomes
        }
    }

    /// Counts a request of a method that exists, once it is done.
    func count(_ method: String, _ outcome: Outcome, latency: Duration) {
        state.withLock {
            $0.methods[method, default: MethodCounts()].add(outcome, latency: latency)
        }
    }
}

extension ServiceStatistics.MethodCounts {
    fileprivate mutating func add(_ outcome: Outcome, latency duration: Duration) {
        requests += 1
        latency.add(duration)
        switch outcome {
        case .success: results += 1
        case .failure(let failure): errors[failure.reason, default: 0] += 1
        }
    }
}

extension SessionStatistics {
    /// Whether anything that ``ServiceStatistics/Messages`` counts has happened in between.
    func differsInMessages(from last: SessionStatistics) -> Bool {
        malformedMessages != last.malformedMessages || droppedNotifications != last.droppedNotifications
            || droppedResponses != last.droppedResponses || lateOutcomes != last.lateOutcomes
    }
}
