// The sidecar's door: accepts connections on Unix sockets and runs their requests in one task group.

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Wire

/// Serves until a graceful shutdown; then answers what is in flight and returns.
struct SocketServer: Service {
    let listeners: [Int32]
    let limits: WireLimits
    let methods: MethodTable
    let logger: Logger
    /// Runs once every listener accepts: the moment to tell systemd.
    let onReady: @Sendable () -> Void

    /// One loop serves every connection: a reply costs microseconds, and the other core is for hashing and the backends.
    private static let eventLoopCount = 1
    /// Requests admitted by all connections together; each connection's own bound keeps it from being reached.
    private var pendingCapacity: Int { limits.connectionCount * limits.inFlightCount }

    func run() async throws {
        let (pending, continuation) = AsyncStream.makeStream(
            of: PendingRequest.self,
            bufferingPolicy: .bufferingOldest(pendingCapacity)
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.eventLoopCount)
        let connections = ConnectionRegistry(capacity: limits.connectionCount)
        let channels = try await listen(on: group, connections: connections) { continuation.yield($0) }
        onReady()
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                for await request in pending {
                    tasks.addTask {
                        let context = RequestContext(deadline: request.execution.deadline, peer: request.peer)
                        request.reply(await methods.run(request.execution.request, context: context))
                    }
                }
            }
        } onCancelOrGracefulShutdown: {
            for channel in channels { channel.close(promise: nil) }
            connections.shutDown { continuation.finish() }
        }
        try await group.shutdownGracefully()
    }

    private func listen(
        on group: MultiThreadedEventLoopGroup,
        connections: ConnectionRegistry,
        submit: @escaping @Sendable (PendingRequest) -> Void
    ) async throws -> [any Channel] {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(limits.connectionCount))
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: limits.unreadOutputByteCount / 2, high: limits.unreadOutputByteCount)
            )
            .childChannelInitializer { [limits, methods] channel in
                guard connections.add(channel) else {
                    return channel.eventLoop.makeFailedFuture(ConnectionRegistry.Full())
                }
                return PeerCredentials.read(from: channel).flatMapThrowing { peer in
                    let handler = ConnectionHandler(
                        limits: limits,
                        peer: peer,
                        admit: { methods.admit($0) },
                        submit: submit
                    )
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        var channels: [any Channel] = []
        for listener in listeners { channels.append(try await bootstrap.withBoundSocket(listener).get()) }
        return channels
    }
}
