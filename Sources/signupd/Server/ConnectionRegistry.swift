// Which connections are open: so that there are never too many, of all or of one user, and so that a shutdown reaches each.

import NIOCore
import Synchronization
import Wire

/// Why a connection is closed as soon as it is accepted.
enum ConnectionRefusal: Error {
    case tooMany(limit: Int)
    case tooManyOfUser(limit: Int)
    case userNotAllowed
    /// The server stops: the client is told nothing, as if it had come a moment later.
    case stopping

    /// What the client is told.
    var answer: WireError? {
        switch self {
        case .tooMany(let limit):
            WireError(.overloaded, hint: "the server has its \(limit) connections", retryAfterSeconds: 1)
        case .tooManyOfUser(let limit):
            WireError(.overloaded, hint: "your user has its \(limit) connections; reuse them", retryAfterSeconds: 1)
        case .userNotAllowed:
            WireError(.peerDenied, hint: "ask the operator for --allow-uid or --allow-gid")
        case .stopping: nil
        }
    }
}

/// The open connections of one server.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var countByUser: [UInt32: Int] = [:]
        var whenEmpty: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let limits: WireLimits
    private let access: SocketAccess
    private let statistics: ServiceStatistics

    init(limits: WireLimits, access: SocketAccess, statistics: ServiceStatistics) {
        self.limits = limits
        self.access = access
        self.statistics = statistics
    }

    /// Notes a connection until it closes, or says why it may not be.
    func admit(_ channel: any Channel, _ peer: Peer) throws(ConnectionRefusal) {
        let key = ObjectIdentifier(channel)
        if let refusal = state.withLock({ refuseOrNote(channel, key, peer, &$0) }) {
            statistics.countRefusedConnection()
            throw refusal
        }
        statistics.countAcceptedConnection()
        channel.closeFuture.whenComplete { _ in
            self.statistics.countClosedConnection()
            self.remove(key, peer)
        }
    }

    private func refuseOrNote(
        _ channel: any Channel,
        _ key: ObjectIdentifier,
        _ peer: Peer,
        _ state: inout State
    ) -> ConnectionRefusal? {
        guard state.whenEmpty == nil else { return .stopping }
        guard access.admits(peer) else { return .userNotAllowed }
        guard state.channels.count < limits.connectionCount else { return .tooMany(limit: limits.connectionCount) }
        let count = state.countByUser[peer.userID, default: 0]
        guard limits.connectionCountPerUser == 0 || count < limits.connectionCountPerUser else {
            return .tooManyOfUser(limit: limits.connectionCountPerUser)
        }
        state.channels[key] = channel
        state.countByUser[peer.userID] = count + 1
        return nil
    }

    /// Tells every connection to finish, and calls `whenEmpty` once the last has closed.
    func shutDown(whenEmpty: @escaping @Sendable () -> Void) {
        let channels = state.withLock { state in
            state.whenEmpty = whenEmpty
            return Array(state.channels.values)
        }
        if channels.isEmpty { whenEmpty() }
        for channel in channels {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ShutDownEvent()) }
        }
    }

    private func remove(_ key: ObjectIdentifier, _ peer: Peer) {
        let whenEmpty = state.withLock { state in
            state.channels[key] = nil
            let count = state.countByUser[peer.userID, default: 1] - 1
            state.countByUser[peer.userID] = count == 0 ? nil : count
            return state.channels.isEmpty ? state.whenEmpty : nil
        }
        whenEmpty?()
    }
}
