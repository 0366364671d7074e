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

/// Feeds a channel's bytes to a session and carries out what it decides. Lives on one event loop.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var session: Session
    private let surroundings: ConnectionSurroundings
    private let peer: Peer
    private var isReadWanted = false
    private var deadlineTimer: (date: Deadline, timer: Scheduled<Void>)?
    private var stallTimer: Scheduled<Void>?
    private var idleTimer: Scheduled<Void>?
    private var isFlushScheduled = false
    private var unwrittenByteCount = 0
    private var stallClock: StallClock?
    private var latestActivity = ContinuousClock.now
    /// What has been added to the server's statistics.
    private var countedStatistics = SessionStatistics()
    private var dropWarning = DropWarning()

    private var limits: WireLimits { surroundings.limits }

    init(_ surroundings: ConnectionSurroundings, peer: Peer) {
        self.surroundings = surroundings
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
        latestActivity = .now
        buffer.withUnsafeReadableBytes { bytes in
            session.receive(bytes, now: .now)
            // A line may hold a password. The channel's pool has a share in this buffer, so that a mutable view would be a copy;
            // nobody reads it again before the next bytes are written over these.
            if let address = bytes.baseAddress { memset(UnsafeMutableRawPointer(mutating: address), 0, bytes.count) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        advance(context: context)
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

    /// The channel asks whether to read on; while the session has enough to do, it waits.
    func read(context: ChannelHandlerContext) {
        if session.wantsInput {
            isReadWanted = false
            context.read()
        } else {
            isReadWanted = true
        }
    }

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
        session.complete(ticket, with: outcome, now: .now)
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        // Replies that complete in the same turn of the loop leave in one write.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isFlushScheduled = false
            handler.advance(context: context)
        }
    }

    /// Starts what may start, writes what is ready, and reads on if there is room.
    private func advance(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        countMessages()
        write(context: context)
        start(session.takeExecutions(), context: context)
        scheduleDeadline(context: context)
        if session.isFinished, unwrittenByteCount == 0 {
            finish(context: context)
        } else if isReadWanted, session.wantsInput {
            isReadWanted = false
            context.read()
        }
    }

    private func start(_ executions: [Session.Execution], context: ChannelHandlerContext) {
        guard !executions.isEmpty else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        surroundings.submit(
            PendingRequests(executions: executions, peer: peer) { ticket, outcome in
                // Requests run on this very loop, and never within one of the handler's own calls.
                let (handler, context) = bound.value
                handler.complete(ticket, outcome, context: context)
            }
        )
    }

    /// Taking output makes room for more of it, until there is none or the client has too much unread.
    private func write(context: ChannelHandlerContext) {
        while true {
            let output = session.takeOutput()
            if output.isEmpty { return }
            write(output, context: context)
            session.outputIsBlocked = !context.channel.isWritable
        }
    }

    private func write(_ output: [UInt8], context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: output.count)
        buffer.writeBytes(output)
        unwrittenByteCount += output.count
        let count = output.count
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.wrote(count, context: context)
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        scheduleStall(context: context)
    }

    private func wrote(_ count: Int, context: ChannelHandlerContext) {
        unwrittenByteCount -= count
        latestActivity = .now
        if unwrittenByteCount == 0 {
            stallTimer?.cancel()
            stallTimer = nil
            stallClock = nil
            if session.isFinished { finish(context: context) }
        }
    }

    /// Closes once the channel has done with what it is telling us: NIO asserts that nobody closes within the end of a read that
    /// found the peer's end.
    private func finish(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.close(promise: nil) }
    }

    /// Closes a connection whose peer takes nothing for the whole stall time.
    private func scheduleStall(context: ChannelHandlerContext) {
        guard unwrittenByteCount > 0, stallTimer == nil else { return }
        let clock =
            stallClock ?? StallClock(patience: limits.outputStall, unsentByteCount: unwrittenByteCount, now: .now)
        stallClock = clock
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stallTimer = context.eventLoop.scheduleTask(in: TimeAmount(clock.interval)) {
            let (handler, context) = bound.value
            handler.stallTimer = nil
            SocketMemory.read(from: context.channel).whenSuccess { memory in
                let (handler, context) = bound.value
                handler.checkStall(memory, context: context)
            }
        }
    }

    private func checkStall(_ memory: SocketMemory?, context: ChannelHandlerContext) {
        let hasStalled = stallClock?.hasStalled(
            unsentByteCount: unwrittenByteCount,
            unreadByteCount: memory?.unreadByteCount,
            now: .now
        )
        if hasStalled == true {
            context.close(promise: nil)
        } else {
            scheduleStall(context: context)
        }
    }

    /// Closes a connection that has been silent for long, with nothing in flight.
    private func scheduleIdle(in delay: Duration, context: ChannelHandlerContext) {
        guard limits.idleTime > .zero else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        idleTimer = context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            let (handler, context) = bound.value
            let isBusy = handler.session.inFlightCount > 0 || handler.unwrittenByteCount > 0
            let left = isBusy ? handler.limits.idleTime : handler.limits.idleTime - (.now - handler.latestActivity)
            if left > .zero {
                handler.scheduleIdle(in: left, context: context)
            } else {
                context.close(promise: nil)
            }
        }
    }

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

    /// One timer a connection, for the request that must be answered first.
    private func scheduleDeadline(context: ChannelHandlerContext) {
        guard let deadline = session.nextDeadline else { return }
        if let current = deadlineTimer {
            // One that is early finds nothing expired and sets the next; one that is late would keep a hasty client waiting.
            if current.date <= deadline { return }
            current.timer.cancel()
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let delay = max(.zero, deadline - ContinuousClock.now)
        let timer = context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            let (handler, context) = bound.value
            handler.deadlineTimer = nil
            handler.session.expire(now: .now)
            handler.advance(context: context)
        }
        deadlineTimer = (deadline, timer)
    }
}

/// Tells a connection that the server is stopping: what is in flight is answered, nothing more is begun.
struct ShutDownEvent: Sendable {}
