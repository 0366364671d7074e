// One connection to Redis through hiredis: opened, logged in, its scripts loaded, then pipelined over until it fails once.

import CHiredis
import Glibc
import Threads

/// A connection is no good any more: free it, never use it again.
struct ConnectionFailure: Error {
    /// For logs; holds no secret.
    let reason: String
    let nativeCode: Int?
    /// The server closed or reset the connection, rather than keeping silent: it may have restarted.
    let peerWentAway: Bool

    init(reason: String, nativeCode: Int? = nil, peerWentAway: Bool = false) {
        self.reason = reason
        self.nativeCode = nativeCode
        self.peerWentAway = peerWentAway
    }
}

/// How many commands were answered, and what cut the others short, if anything did.
struct Exchange {
    var answeredCount = 0
    var failure: ConnectionFailure?
}

/// Made, used and released on the worker's thread; its context is freed with it.
final class RedisConnection {
    private let context: UnsafeMutablePointer<redisContext>
    private let timeout: Duration
    /// `EVALSHA digest 1` of each script, in the order of `Script.allCases`.
    private var invocations: [CommandArguments] = []
    /// Kept between commands to save their allocations.
    private var outgoing: [UInt8] = []

    /// Connects, logs in and loads the scripts, in two round trips at most.
    static func open(_ configuration: RedisConfiguration) throws(ConnectionFailure) -> RedisConnection {
        let connection = RedisConnection(try connect(configuration), timeout: configuration.timeout)
        try connection.checkContext()
        guard redisSetTimeout(connection.context, timeval(configuration.timeout)) == REDIS_OK else {
            throw connection.contextFailure()
        }
        // A TCP peer that vanished without a word is noticed while idle. It fails on Unix sockets, which need none.
        if configuration.socketPath == nil { redisEnableKeepAlive(connection.context) }
        try connection.logIn(configuration)
        try connection.loadScripts()
        return connection
    }

    private init(_ context: UnsafeMutablePointer<redisContext>, timeout: Duration) {
        self.context = context
        self.timeout = timeout
    }

    deinit {
        redisFree(context)
    }

    private static func connect(
        _ configuration: RedisConfiguration
    ) throws(ConnectionFailure) -> UnsafeMutablePointer<redisContext> {
        let limit = timeval(configuration.timeout)
        let context: UnsafeMutablePointer<redisContext>?
        if let path = configuration.socketPath {
            guard path.utf8.count <= Bounds.socketPathByteCount else {
                throw ConnectionFailure(reason: "the socket's path is longer than \(Bounds.socketPathByteCount) bytes")
            }
            context = redisConnectUnixWithTimeout(path, limit)
        } else {
            let host = configuration.host ?? RedisConfiguration.defaultHost
            context = redisConnectWithTimeout(host, Int32(truncatingIfNeeded: configuration.port), limit)
        }
        guard let context else { throw ConnectionFailure(reason: "out of memory") }
        return context
    }
}

// MARK: - Logging in

extension RedisConnection {
    private func logIn(_ configuration: RedisConfiguration) throws(ConnectionFailure) {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(.plain(CommandArguments(["AUTH"] + (configuration.user.map { [$0] } ?? []) + [password])))
        }
        if configuration.database != 0 {
            commands.append(.plain(CommandArguments(["SELECT", String(configuration.database)])))
        }
        // Shows in CLIENT LIST whose connection it is.
        commands.append(.plain(CommandArguments(["CLIENT", "SETNAME", "signupd"])))
        for reply in try replies(to: commands) {
            // Only the code word: the text of a refused AUTH may quote what it was sent.
            if case .error(let error) = reply {
                throw ConnectionFailure(reason: "the server refuses the login (\(error.code))")
            }
        }
    }

    /// Gives the server all scripts. Also after it forgot them.
    func loadScripts() throws(ConnectionFailure) {
        let commands = Script.allCases.map { RedisCommand.plain(CommandArguments(["SCRIPT", "LOAD", $0.source])) }
        var loaded: [CommandArguments] = []
        for reply in try replies(to: commands) {
            switch reply {
            case .text(let digest): loaded.append(CommandArguments(["EVALSHA", digest, "1"]))
            case .error(let error): throw ConnectionFailure(reason: "the server refuses our scripts: \(error.text)")
            default: throw ConnectionFailure(reason: "the server answers SCRIPT LOAD with no digest")
            }
        }
        invocations = loaded
    }

    /// Sends a few commands and waits for all their replies.
    func replies(to commands: [RedisCommand]) throws(ConnectionFailure) -> [RedisReply] {
        var replies: [RedisReply] = []
        let exchange = exchange(commands) { replies.append($0) }
        if let failure = exchange.failure { throw failure }
        return replies
    }
}

// MARK: - Pipelining

extension RedisConnection {
    /// Whether nothing has come since the last answer. Something that did can only be the end of the connection.
    var isQuiet: Bool {
        var descriptor = pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// Sends all commands, then reads all replies: one round trip for the lot, and at most two timeouts.
    ///
    /// - Parameter take: is given the replies in order, those that came together within one gathering of wake-ups: whoever
    ///   waited for them goes on while the server works on the others.
    func exchange(_ commands: [RedisCommand], take: (RedisReply) -> Void) -> Exchange {
        var exchange = Exchange()
        do {
            try append(commands)
            try flush()
            let end = ContinuousClock.now + timeout
            while true {
                try WakeUps.gathered { () throws(ConnectionFailure) in
                    while exchange.answeredCount < commands.count, let reply = try nextReply() {
                        exchange.answeredCount += 1
                        take(reply)
                    }
                }
                guard exchange.answeredCount < commands.count else { return exchange }
                try readMore(before: end)
            }
        } catch {
            exchange.failure = error
            return exchange
        }
    }

    private func append(_ commands: [RedisCommand]) throws(ConnectionFailure) {
        outgoing.removeAll(keepingCapacity: true)
        for command in commands {
            switch command {
            case .plain(let arguments): outgoing.appendCommand(arguments)
            case .script(let script, let arguments): outgoing.appendCommand(invocations[script.rawValue], arguments)
            }
        }
        let status = outgoing.withUnsafeBytes { bytes in
            redisAppendFormattedCommand(context, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        }
        guard status == REDIS_OK else { throw contextFailure() }
    }

    private func flush() throws(ConnectionFailure) {
        var isDone: Int32 = 0
        while isDone == 0 {
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw contextFailure() }
        }
    }

    /// The next reply of those that have been read, if one is whole.
    private func nextReply() throws(ConnectionFailure) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &raw) == REDIS_OK else { throw contextFailure() }
        guard let raw else { return nil }
        defer { freeReplyObject(raw) }
        return RedisReply(raw.assumingMemoryBound(to: redisReply.self))
    }

    /// Waits for bytes. hiredis's own loop would read on as long as single ones trickle in; this one ends.
    private func readMore(before end: ContinuousClock.Instant) throws(ConnectionFailure) {
        guard ContinuousClock.now < end else { throw ConnectionFailure(reason: "the answer takes too long") }
        guard redisBufferRead(context) == REDIS_OK else { throw contextFailure() }
    }

    private func checkContext() throws(ConnectionFailure) {
        guard context.pointee.err == 0 else { throw contextFailure() }
    }

    /// What hiredis says is wrong. Ask right after the call that failed, while `errno` is its.
    private func contextFailure() -> ConnectionFailure {
        let number = errno
        guard context.pointee.err == REDIS_ERR_IO else {
            let text = withUnsafeBytes(of: context.pointee.errstr) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return ConnectionFailure(reason: text, peerWentAway: context.pointee.err == REDIS_ERR_EOF)
        }
        if number == EAGAIN || number == ETIMEDOUT {
            return ConnectionFailure(reason: "no answer within \(timeout)", nativeCode: Int(number))
        }
        return ConnectionFailure(
            reason: String(cString: strerror(number)),
            nativeCode: Int(number),
            peerWentAway: number == EPIPE || number == ECONNRESET
        )
    }
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
