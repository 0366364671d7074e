// What Redis answers, as a value that outlives hiredis's memory.

import CHiredis

enum RedisReply: Sendable, Equatable {
    case integer(Int64)
    /// A status or a string. What our scripts answer is ASCII.
    case text(String)
    case error(ErrorReply)
    /// Nothing that we ask for is answered so.
    case unexpected

    /// Copies a reply; the original stays the caller's to free.
    init(_ reply: UnsafePointer<redisReply>) {
        let reply = reply.pointee
        switch reply.type {
        case REDIS_REPLY_INTEGER:
            self = .integer(reply.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            self = .text(Self.text(reply))
        case REDIS_REPLY_ERROR:
            self = .error(ErrorReply(Self.text(reply)))
        default:
            self = .unexpected
        }
    }

    private static func text(_ reply: redisReply) -> String {
        String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self)
    }
}
