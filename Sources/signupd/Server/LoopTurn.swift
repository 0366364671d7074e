// The end of an event loop's turn: when all that could be read has been read, what is to be said is said in a row.

import NIOCore

/// Connections of one event loop that have something to write, start or read.
///
/// A write wakes whoever waits for it, and that costs more than to answer a ping. A client with many connections that is woken by
/// the first of a row of writes finds the others when it is there.
final class LoopTurn {
    /// Whoever has waited for so many does not wait for more: what a connection waits is the time in which these are read, and in
    /// which the loop does what was put to it before the first of them.
    private static let longestRow = 64

    private let eventLoop: any EventLoop
    private let longestGap: Duration
    private var latestRead: ContinuousClock.Instant?
    private var row: [(handler: ConnectionHandler, context: ChannelHandlerContext)] = []

    /// - Parameter longestGap: reads that follow one another more closely count as of one turn, which NIO does not tell: to read a
    ///   connection and to answer it takes some 6 µs.
    init(_ eventLoop: any EventLoop, longestGap: Duration = .microseconds(20)) {
        self.eventLoop = eventLoop
        self.longestGap = longestGap
    }

    /// Notes that a connection was read.
    ///
    /// - Returns: whether one was just before. If not, this one may be the only one, and need not wait for others.
    func noteRead(at instant: ContinuousClock.Instant) -> Bool {
        defer { latestRead = instant }
        guard let latestRead else { return false }
        return instant - latestRead < longestGap
    }

    /// Lets a connection advance when the turn ends. Each only once until then.
    func end(with handler: ConnectionHandler, _ context: ChannelHandlerContext) {
        if row.isEmpty {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { bound.value.advanceAll() }
        }
        row.append((handler, context))
        if row.count >= Self.longestRow { advanceAll() }
    }

    private func advanceAll() {
        // Whoever has something to say again meanwhile begins a row of its own.
        let due = row
        row = []
        for (handler, context) in due { handler.advanceAtEnd(context: context) }
    }
}
