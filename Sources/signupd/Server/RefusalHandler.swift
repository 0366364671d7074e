// The short life of a connection that may not be: one error line with id null, where it can be written, and the end.

import NIOCore
import Wire

/// Answers nothing. What the client sends is not read: nobody asks the channel to.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: WireError

    init(answer: WireError) {
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        // A new socket has room for a line; if the peer is gone already, there is nobody to tell.
        let line = ReplyWriter.line(id: .null, outcome: .failure(answer))
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: line)), promise: nil)
        context.close(promise: nil)
    }
}
