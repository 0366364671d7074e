// One connection: bytes in, the session's decisions, bytes out. All protocol lives in Wire.Session; all I/O lives here.

import NIOCore
import Signup
import Wire

/// A request on its way to the methods, and the way back.
struct PendingRequest: Sendable {
    let execution: Session.Execution
    let peer: Peer
    let reply: @Sendable (Outcome) -> Void
}

/// Feeds a channel's bytes to a session and carries out what it decides. Lives on one event loop.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var session: Session
    private let limits: WireLimits
    private let peer: Peer
    private let submit: @Sendable (PendingRequest) -> Void
    private var isReadWanted = false
    private var deadlineTimer: (date: Deadline, timer: Scheduled<Void>)?
    private var stallTimer: Scheduled<Void>?
    private var isFlushScheduled = false
    private var unwrittenByteCount = 0

    /// - Parameters:
    ///   - peer: whoever connected.
    ///   - admit: answers what can be answered at once.
    ///   - submit: takes the rest; it must not block.
    init(
        limits: WireLimits,
        peer: Peer,
        admit: @escaping @Sendable (Request) -> Session.Admission,
        submit: @escaping @Sendable (PendingRequest) -> Void
    ) {
        self.limits = limits
        self.peer = peer
        self.submit = submit
        session = Session(limits: limits, replyOrder: .completion, admit: admit)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { bytes in
            session.receive(bytes, now: .now)
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
        write(context: context)
        for execution in session.takeExecutions() { start(execution, context: context) }
        scheduleDeadline(context: context)
        if session.isFinished, unwrittenByteCount == 0 {
            context.close(promise: nil)
        } else if isReadWanted, session.wantsInput {
            isReadWanted = false
            context.read()
        }
    }

    private func start(_ execution: Session.Execution, context: ChannelHandlerContext) {
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
        submit(
            PendingRequest(execution: execution, peer: peer) { outcome in
                eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.complete(execution.ticket, outcome, context: context)
                }
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
        stallTimer?.cancel()
        stallTimer = nil
        scheduleStall(context: context)
        if session.isFinished, unwrittenByteCount == 0 { context.close(promise: nil) }
    }

    /// Closes a connection whose peer reads nothing for the whole stall time.
    private func scheduleStall(context: ChannelHandlerContext) {
        guard unwrittenByteCount > 0, stallTimer == nil else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        stallTimer = context.eventLoop.scheduleTask(in: TimeAmount(limits.outputStall)) {
            bound.value.close(promise: nil)
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
