// One line a request: what was asked, what came of it, how long it took. No address, no nickname, no code, no password: an
// address is known by a mark that only the holder of the secret can make; `signupd mark` prints it.

import Logging
import Signup
import Wire

struct RequestLog: Sendable {
    /// Ids and traces are a client's text; what is longer than this tells nobody more.
    private static let textLimit = 128

    private let format: LogFormat
    private let level: Logger.Level
    private let key: SigningKey
    private let writer: LogWriter
    /// Whether the lines of methods that only look at this process are written too: pings come by the thousand.
    let includesImmediate: Bool

    /// `nil` where the log's level leaves requests out: then they cost nothing.
    ///
    /// - Parameter level: of the lines of requests that backends take part in; the others' is debug.
    init?(_ settings: Settings, at level: Logger.Level, writer: LogWriter = .standardError) {
        guard settings.logLevel <= level else { return nil }
        self.level = level
        self.writer = writer
        format = settings.logFormat
        key = settings.keys.current
        includesImmediate = settings.logLevel <= .debug
    }

    /// - Parameter peer: `nil` where the method was answered before anybody asked who it is.
    func record(_ request: Request, _ outcome: Outcome, latency: Duration, peer: Peer?) {
        var line = LogLine(format, level: (peer == nil ? .debug : level).rawValue, message: "request")
        line.add("method", request.method)
        switch outcome {
        case .success: line.add("reason", "ok")
        case .failure(let error): line.add("reason", error.reason.rawValue)
        }
        line.add("duration_ms", latency)
        switch request.id {
        case .null: break
        case .integer(let id): line.add("id", id)
        case .string(let id): line.add("id", String(id.prefix(Self.textLimit)))
        }
        if let trace = request.metadata.traceparent { line.add("traceparent", String(trace.prefix(Self.textLimit))) }
        if let peer { line.add("uid", Int64(peer.userID)) }
        if case .named(let params) = request.params, case .string(let email)? = params["email"],
            let address = try? EmailAddress(email)  // What is no address is nobody's.
        {
            line.add("email", key.mark(of: address.identity))
        }
        writer.gather(line.finished())
    }
}
