// What a proxy is to do wrong, as the conductor orders it and the connections' threads carry it out.

import Synchronization

/// What becomes of the next COMMIT.
enum CommitFault: Sendable {
    /// It reaches the server, whose reply is thrown away with the connection: it happened, and nobody knows.
    case replyDropped
    /// It never reaches the server: it did not happen, and nobody knows.
    case lost
}

/// The orders of one proxy, and how many were carried out.
final class FaultOrders: Sendable {
    struct Weather: Sendable {
        var delayMilliseconds: UInt32 = 0
        /// Nothing is forwarded, and nothing is closed.
        var isHalfOpen = false
        /// Connections that were made under an earlier number are broken.
        var generation = 0
    }

    private struct State {
        var weather = Weather()
        var cuts = 0
        var commitFaults: [CommitFault] = []
        var droppedCommits = 0
        var lostCommits = 0
    }

    private let state = Mutex(State())

    var weather: Weather { state.withLock { $0.weather } }

    func setDelay(milliseconds: UInt32) { state.withLock { $0.weather.delayMilliseconds = milliseconds } }

    /// Ends with all connections broken: bytes that were held back would come out of nowhere.
    func setHalfOpen(_ isHalfOpen: Bool) {
        state.withLock { state in
            state.weather.isHalfOpen = isHalfOpen
            if !isHalfOpen { state.weather.generation += 1 }
        }
    }

    /// Breaks every open connection.
    func resetConnections() { state.withLock { $0.weather.generation += 1 } }

    /// The next reply of the server, on whichever connection, ends in its middle.
    func cutNextReply() { state.withLock { $0.cuts += 1 } }

    func failNextCommit(_ fault: CommitFault) { state.withLock { $0.commitFaults.append(fault) } }

    /// The weather from now on is fair; orders not yet carried out are forgotten.
    func heal() {
        state.withLock { state in
            let generation = state.weather.generation
            state.weather = Weather(generation: state.weather.isHalfOpen ? generation + 1 : generation)
            state.cuts = 0
            state.commitFaults = []
        }
    }

    /// How many COMMITs lost their reply, and how many never arrived.
    var commitFaultsDone: (dropped: Int, lost: Int) { state.withLock { ($0.droppedCommits, $0.lostCommits) } }

    // For the connections' threads.

    func takeCut() -> Bool {
        state.withLock { state in
            guard state.cuts > 0 else { return false }
            state.cuts -= 1
            return true
        }
    }

    func takeCommitFault() -> CommitFault? {
        state.withLock { state in
            guard !state.commitFaults.isEmpty else { return nil }
            let fault = state.commitFaults.removeFirst()
            switch fault {
            case .replyDropped: state.droppedCommits += 1
            case .lost: state.lostCommits += 1
            }
            return fault
        }
    }
}
