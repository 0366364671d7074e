// What a connection waits for: that its peer takes its replies, that a request's time is up, and that it has been silent for long.

import NIOCore
import Wire

extension ConnectionHandler {
    /// Closes a connection whose peer takes nothing for the whole stall time.
    ///
    /// Nearly every reply has left as soon as it is written, so a write only makes sure that somebody will look: to be told of
    /// each write's end would cost a ping a tenth of its time.
    func scheduleStall(context: ChannelHandlerContext) {
        guard stallTimer == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stallTimer = context.eventLoop.scheduleTask(in: TimeAmount(StallClock.interval(patience: limits.outputStall))) {
            let (handler, context) = bound.value
            handler.stallTimer = nil
            handler.lookForStall(context: context)
        }
    }

    private func lookForStall(context: ChannelHandlerContext) {
        guard unwrittenByteCount(context.channel) > 0 else {
            // Until the next write there is nothing to look for.
            stallClock = nil
            return
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        SocketMemory.read(from: context.channel).whenSuccess { memory in
            let (handler, context) = bound.value
            handler.checkStall(memory, context: context)
        }
    }

    private func checkStall(_ memory: SocketMemory?, context: ChannelHandlerContext) {
        let unsent = unwrittenByteCount(context.channel)
        var clock = stallClock ?? StallClock(patience: limits.outputStall, unsentByteCount: unsent, now: .now)
        let hasStalled = clock.hasStalled(
            unsentByteCount: unsent,
            unreadByteCount: memory?.unreadByteCount,
            now: .now
        )
        stallClock = clock
        if hasStalled {
            context.close(promise: nil)
        } else {
            scheduleStall(context: context)
        }
    }

    /// What the channel has been given and the kernel has not taken.
    private func unwrittenByteCount(_ channel: any Channel) -> Int {
        // A closed channel has forgotten all of it, and throws.
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Closes a connection that has been silent for long, with nothing in flight.
    func scheduleIdle(in delay: Duration, context: ChannelHandlerContext) {
        guard limits.idleTime > .zero else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        idleTimer = context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            let (handler, context) = bound.value
            let isBusy =
                handler.session.inFlightCount > 0 || handler.unwrittenByteCount(context.channel) > 0
            let left = isBusy ? handler.limits.idleTime : handler.limits.idleTime - (.now - handler.latestActivity)
            if left > .zero {
                handler.scheduleIdle(in: left, context: context)
            } else {
                context.close(promise: nil)
            }
        }
    }

    /// One timer a connection, for the request that must be answered first.
    func scheduleDeadline(context: ChannelHandlerContext) {
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
            handler.latestActivity = .now
            handler.session.expire(now: handler.latestActivity)
            handler.advance(context: context)
        }
        deadlineTimer = (deadline, timer)
    }
}
