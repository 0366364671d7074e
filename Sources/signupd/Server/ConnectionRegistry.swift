// Which connections are open: so that there are never too many, and so that a shutdown reaches each.

import NIOCore
import Synchronization

/// The open connections of one server.
final class ConnectionRegistry: Sendable {
    /// One connection more than the limit: it is closed at once.
    struct Full: Error {}

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var whenEmpty: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many are open.
    var count: Int { state.withLock { $0.channels.count } }

    /// Notes a connection until it closes. `false` when there are too many, or when the server is stopping.
    func add(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isAdded = state.withLock { state in
            guard state.whenEmpty == nil, state.channels.count < capacity else { return false }
            state.channels[key] = channel
            return true
        }
        if isAdded { channel.closeFuture.whenComplete { _ in self.remove(key) } }
        return isAdded
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

    private func remove(_ key: ObjectIdentifier) {
        let whenEmpty = state.withLock { state in
            state.channels[key] = nil
            return state.channels.isEmpty ? state.whenEmpty : nil
        }
        whenEmpty?()
    }
}
