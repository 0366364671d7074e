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

    struct Counts {
        var connections = Connections()
        var messages = Messages()
        /// Of those that have been asked for.
        var methods: [String: MethodCounts] = [:]
    }

    private let state = Mutex(Counts())
    private let counters = Mutex<[String: MethodCounter]>([:])
    private let start = ContinuousClock.now

    var uptime: Duration { .now - start }

    var counts: Counts {
        var counts = state.withLock { $0 }
        counts.methods = counters.withLock { $0.mapValues(\.counts).filter { $1.requests > 0 } }
        return counts
    }

    /// Where the requests of a method that exists are counted: whoever counts often keeps it.
    func counter(of method: String) -> MethodCounter {
        counters.withLock { counters in
            if let counter = counters[method] { return counter }
            let counter = MethodCounter()
            counters[method] = counter
            return counter
        }
    }

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
}

extension SessionStatistics {
    /// Whether anything that ``ServiceStatistics/Messages`` counts has happened in between.
    func differsInMessages(from last: SessionStatistics) -> Bool {
        malformedMessages != last.malformedMessages || droppedNotifications != last.droppedNotifications
            || droppedResponses != last.droppedResponses || lateOutcomes != last.lateOutcomes
    }
}
