// One connection: bytes in, the session's decisions, bytes out. All protocol lives in Wire.Session; all I/O lives here.

import Glibc
import Logging
import NIOCore
import Signup
import Wire

/// Requests that one connection may start now, on their way to the methods, and the way back.
struct PendingRequests: Sendable {
    let executions: [Session.Execution]
    let peer: Peer
    let reply: @Sendable (Session.Ticket, Outcome) -> Void
}

/// What all connections of a server share.
struct ConnectionSurroundings: Sendable {
    let limits: WireLimits
    let statistics: ServiceStatistics
    let logger: Logger
    /// Answers what can be answered at once.
    let admit: @Sendable (Request) -> Session.Admission
    /// Takes the rest; it must not block.
    let submit: @Sendable (PendingRequests) -> Void
}

/// Feeds a channel's bytes to a session and carries out what it decides. Lives on one event loop. The channel must not read of
/// its own accord (`autoRead`): it reads when the session wants input.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var session: Session
    let surroundings: ConnectionSurroundings
    private let peer: Peer
    private let turn: LoopTurn
    private var isReading = false
    private var advancesAtEnd = false
    private var writtenReplyCount = 0
    private var isFinishing = false
    /// What is written goes through here; its memory is used again once it has left.
    private var output = ByteBuffer()
    /// Set while the channel holds what the kernel has not taken.
    var stallClock: StallClock?
    var stallTimer: Scheduled<Void>?
    var deadlineTimer: (date: Deadline, timer: Scheduled<Void>)?
    var idleTimer: Scheduled<Void>?
    var latestActivity = ContinuousClock.now
    /// What has been added to the server's statistics.
    private var countedStatistics = SessionStatistics()
    private var dropWarning = DropWarning()

    var limits: WireLimits { surroundings.limits }

    /// - Parameter turn: of the event loop that the connection lives on.
    init(_ surroundings: ConnectionSurroundings, peer: Peer, turn: LoopTurn) {
        self.surroundings = surroundings
        self.turn = turn
        self.peer = peer
        session = Session(limits: surroundings.limits, replyOrder: .completion, admit: surroundings.admit)
    }

    func channelActive(context: ChannelHandlerContext) {
        scheduleIdle(in: limits.idleTime, context: context)
        // The server may have been told to stop before the channel was active.
        advance(context: context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        isReading = false
        latestActivity = .now
        buffer.withUnsafeReadableBytes { bytes in
            session.receive(bytes, now: latestActivity)
            // A line may hold a password. The channel's pool has a share in this buffer, so that a mutable view would be a copy;
            // nobody reads it again before the next bytes are written over these.
            if let address = bytes.baseAddress { memset(UnsafeMutableRawPointer(mutating: address), 0, bytes.count) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // A client that asked once, and alone, waits for its answer. One that asked much at a time is busy with what it got.
        // Still waiting to be read: nothing was, the client has left.
        let isShared = !isReading && turn.noteRead(at: latestActivity)
        if isShared || replyCount - writtenReplyCount > 1 {
            // At once: the channel would stop listening until it is asked to read.
            readOn(context: context)
            advanceLater(context: context)
        } else {
            advance(context: context)
        }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            session.receiveEnd(now: .now)
            advance(context: context)
        } else if event is ShutDownEvent {
            session.shutDown(now: .now)
            advance(context: context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Comes while bytes are written, too.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session.outputIsBlocked = !context.channel.isWritable
        advance(context: context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadlineTimer?.timer.cancel()
        stallTimer?.cancel()
        idleTimer?.cancel()
        countMessages()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that went away; what it asked for runs to its end, and nobody reads the replies.
        context.close(promise: nil)
    }

    private func complete(_ ticket: Session.Ticket, _ outcome: Outcome, context: ChannelHandlerContext) {
        latestActivity = .now
        session.complete(ticket, with: outcome, now: latestActivity)
        advanceLater(context: context)
    }

    /// Replies that are ready in the same turn of the loop leave in one write.
    private func advanceLater(context: ChannelHandlerContext) {
        guard !advancesAtEnd else { return }
        advancesAtEnd = true
        turn.end(with: self, context)
    }

    func advanceAtEnd(context: ChannelHandlerContext) {
        advancesAtEnd = false
        advance(context: context)
    }

    /// Starts what may start, writes what is ready, and reads on if there is room.
    func advance(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        countMessages()
        write(context: context)
        start(session.takeExecutions(), context: context)
        scheduleDeadline(context: context)
        if session.isFinished { finish(context: context) }
        readOn(context: context)
    }

    private func readOn(context: ChannelHandlerContext) {
        guard !isReading, !session.isFinished, session.wantsInput else { return }
        isReading = true
        context.read()
    }

    private func start(_ executions: [Session.Execution], context: ChannelHandlerContext) {
        guard !executions.isEmpty else { return }
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
        surroundings.submit(
            PendingRequests(executions: executions, peer: peer) { ticket, outcome in
                // Requests run on this very loop, and never within one of the handler's own calls; or for a step in a worker's thread.
                if eventLoop.inEventLoop { return Self.complete(ticket, outcome, of: bound) }
                eventLoop.execute { Self.complete(ticket, outcome, of: bound) }
            }
        )
    }

    private static func complete(
        _ ticket: Session.Ticket,
        _ outcome: Outcome,
        of connection: NIOLoopBound<(ConnectionHandler, ChannelHandlerContext)>
    ) {
        let (handler, context) = connection.value
        handler.complete(ticket, outcome, context: context)
    }

    /// Taking output makes room for more of it, until there is none or the client has too much unread.
    private func write(context: ChannelHandlerContext) {
        while session.takeOutput({ bytes in
            output.clear(minimumCapacity: bytes.count)
            output.writeBytes(bytes)
        }) {
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
            scheduleStall(context: context)
        }
        writtenReplyCount = replyCount
        if output.capacity > limits.idleBufferByteCount { output = ByteBuffer() }
    }

    /// Closes once everything has left, and once the channel has done with what it is telling us: NIO asserts that nobody closes
    /// within the end of a read that found the peer's end.
    private func finish(context: ChannelHandlerContext) {
        guard !isFinishing else { return }
        isFinishing = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        // A write of nothing has left when all before it has.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            bound.value.eventLoop.execute { bound.value.close(promise: nil) }
        }
    }

    private var replyCount: Int { session.statistics.results + session.statistics.errors }

    /// Adds what happened since the last time to the server's counters.
    private func countMessages() {
        let current = session.statistics
        guard current.differsInMessages(from: countedStatistics) else { return }
        surroundings.statistics.add(current, since: countedStatistics)
        countedStatistics = current
        if let warning = dropWarning.message(count: current.droppedNotifications) {
            surroundings.logger.warning("\(warning)", metadata: ["uid": "\(peer.userID)"])
        }
    }
}

/// Tells a connection that the server is stopping: what is in flight is answered, nothing more is begun.
struct ShutDownEvent: Sendable {}
