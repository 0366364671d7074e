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
    let access: SocketAccess
    let methods: MethodTable
    let statistics: ServiceStatistics
    let logger: Logger
    /// Runs once every listener accepts: the moment to tell systemd.
    let onReady: @Sendable () -> Void

    /// One loop serves every connection: a reply costs microseconds, and the other core is for hashing and the backends.
    private static let eventLoopCount = 1
    /// Requests admitted by all connections together; each connection's own bound keeps it from being reached.
    private var pendingCapacity: Int { limits.connectionCount * limits.inFlightCount }

    func run() async throws {
        let (pending, continuation) = AsyncStream.makeStream(
            of: PendingRequests.self,
            bufferingPolicy: .bufferingOldest(pendingCapacity)
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.eventLoopCount)
        let loop = group.next()
        loop.execute { Turns.short.take() }
        let executor = EventLoopExecutor(loop)
        let connections = ConnectionRegistry(limits: limits, access: access, statistics: statistics)
        let channels = try await listen(on: group, connections: connections) { continuation.yield($0) }
        onReady()
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskExecutorPreference(executor) {
                await withDiscardingTaskGroup { tasks in
                    for await requests in pending {
                        for execution in requests.executions {
                            tasks.addTask {
                                let context = RequestContext(deadline: execution.deadline, peer: requests.peer)
                                let outcome = await methods.run(execution.request, context: context)
                                requests.reply(execution.ticket, outcome)
                            }
                        }
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
        submit: @escaping @Sendable (PendingRequests) -> Void
    ) async throws -> [any Channel] {
        let surroundings = ConnectionSurroundings(
            limits: limits,
            statistics: statistics,
            logger: logger,
            admit: { [methods] in methods.admit($0) },
            submit: submit
        )
        let loop = group.next()
        let turn = try await loop.submit { NIOLoopBound(LoopTurn(loop), eventLoop: loop) }.get()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(limits.connectionCount))
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: limits.unreadOutputByteCount / 2, high: limits.unreadOutputByteCount)
            )
            .childChannelInitializer { channel in
                PeerCredentials.read(from: channel).flatMapThrowing { peer in
                    try Self.prepare(channel, peer, connections, surroundings, turn.value)
                }
            }
        var channels: [any Channel] = []
        for listener in listeners { channels.append(try await bootstrap.withBoundSocket(listener).get()) }
        return channels
    }

    /// On the channel's event loop, before it reads its first byte.
    private static func prepare(
        _ channel: any Channel,
        _ peer: Peer,
        _ connections: ConnectionRegistry,
        _ surroundings: ConnectionSurroundings,
        _ turn: LoopTurn
    ) throws {
        do throws(ConnectionRefusal) {
            try connections.admit(channel, peer)
        } catch {
            guard let answer = error.answer else { throw error }
            surroundings.logger.info(
                "a connection was refused",
                metadata: ["uid": "\(peer.userID)", "reason": "\(answer.reason.rawValue)"]
            )
            try channel.pipeline.syncOperations.addHandler(RefusalHandler(answer: answer))
            return
        }
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(surroundings, peer: peer, turn: turn))
    }
}
