// When replies leave: one alone at once, several at the end of the event loop's turn, and however many connections wait, all of them.

import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import signupd

private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

@Suite("The end of a loop's turn")
struct LoopTurnTests {
    private let loop = EmbeddedEventLoop()
    private let turn: LoopTurn

    init() {
        turn = LoopTurn(loop)
    }

    private func connection(_ turn: LoopTurn? = nil) throws -> EmbeddedChannel {
        let surroundings = ConnectionSurroundings(
            limits: WireLimits(),
            statistics: ServiceStatistics(),
            logger: Logger(label: "test"),
            admit: { _ in .answer(.success(["ok": true])) },
            submit: { _ in }
        )
        let handler = ConnectionHandler(surroundings, peer: .thisProcess, turn: turn ?? self.turn)
        let channel = EmbeddedChannel(handlers: [ReadCounter(), handler], loop: loop)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/nowhere")).wait()
        return channel
    }

    private func ask(_ channel: EmbeddedChannel, times count: Int) throws {
        let line = #"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n"
        try channel.writeInbound(ByteBuffer(string: String(repeating: line, count: count)))
    }

    /// How many replies have left.
    private func replyCount(_ channel: EmbeddedChannel) throws -> Int {
        var count = 0
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            count += bytes.readableBytesView.count { $0 == UInt8(ascii: "\n") }
        }
        return count
    }

    /// How often it was asked to read on.
    private func readCount(_ channel: EmbeddedChannel) throws -> Int {
        try channel.pipeline.syncOperations.handler(type: ReadCounter.self).count
    }

    /// An open connection and its timers hold each other.
    private func close(_ channels: [EmbeddedChannel]) throws {
        for channel in channels { _ = try channel.finish() }
    }

    @Test("keeps nobody waiting who asked once")
    func one() throws {
        let channel = try connection()
        try ask(channel, times: 1)
        #expect(try replyCount(channel) == 1)
        try close([channel])
    }

    @Test("is when a reply leaves of a connection that was read right behind another, and it listens meanwhile")
    func shared() throws {
        let patient = LoopTurn(loop, longestGap: .seconds(3600))
        let channels = try [connection(patient), connection(patient), connection(patient)]
        for channel in channels { try ask(channel, times: 1) }
        #expect(try channels.map { try replyCount($0) } == [1, 0, 0])
        // Once when it opened, once after what it read.
        #expect(try channels.map { try readCount($0) } == [2, 2, 2])
        loop.run()
        #expect(try channels.map { try replyCount($0) } == [0, 1, 1])
        #expect(try channels.map { try readCount($0) } == [2, 2, 2])
        try close(channels)
    }

    @Test("counts reads as of one turn that follow one another closely")
    func gap() {
        let turn = LoopTurn(loop, longestGap: .microseconds(20))
        let start = ContinuousClock.now
        #expect(!turn.noteRead(at: start))
        #expect(turn.noteRead(at: start + .microseconds(19)))
        #expect(!turn.noteRead(at: start + .microseconds(39)))
        #expect(turn.noteRead(at: start + .microseconds(40)))
    }

    @Test("is when several replies leave, of all connections in a row")
    func several() throws {
        let channels = try [connection(), connection()]
        for channel in channels { try ask(channel, times: 3) }
        for channel in channels { #expect(try replyCount(channel) == 0) }
        loop.run()
        for channel in channels { #expect(try replyCount(channel) == 3) }
        try close(channels)
    }

    @Test("comes early where many connections wait, and then for the rest as ever")
    func many() throws {
        let channels = try (0..<100).map { _ in try connection() }
        for channel in channels { try ask(channel, times: 2) }
        #expect(try channels.prefix(64).allSatisfy { try replyCount($0) == 2 })
        #expect(try channels.suffix(36).allSatisfy { try replyCount($0) == 0 })
        loop.run()
        #expect(try channels.suffix(36).allSatisfy { try replyCount($0) == 2 })
        try close(channels)
    }
}
