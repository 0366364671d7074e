// When replies leave: one at once, several at the end of the event loop's turn, and however many connections wait, all of them.

import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import signupd

@Suite("The end of a loop's turn")
struct LoopTurnTests {
    private let loop = EmbeddedEventLoop()
    private let turn: LoopTurn

    init() {
        turn = LoopTurn(loop)
    }

    private func connection() throws -> EmbeddedChannel {
        let surroundings = ConnectionSurroundings(
            limits: WireLimits(),
            statistics: ServiceStatistics(),
            logger: Logger(label: "test"),
            admit: { _ in .answer(.success(["ok": true])) },
            submit: { _ in }
        )
        let handler = ConnectionHandler(surroundings, peer: .thisProcess, turn: turn)
        let channel = EmbeddedChannel(handler: handler, loop: loop)
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
