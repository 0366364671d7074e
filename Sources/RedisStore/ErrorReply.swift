// Redis's error replies, sorted by what can be done about them.

/// An error reply: a code word in capitals, then text for people.
struct ErrorReply: Sendable, Equatable {
    /// `ERR`, `NOSCRIPT`, `OOM` …
    let code: String
    /// The reply, cut where Redis begins to quote the arguments it was sent: they can be secrets.
    let text: String

    init(_ reply: String) {
        code = String(reply.prefix { $0 != " " })
        let quoted = reply.firstRange(of: ", with args")?.lowerBound ?? reply.endIndex
        text = String(reply[..<quoted].prefix(Bounds.errorTextLength))
    }

    enum Meaning {
        /// The server forgot our script (`SCRIPT FLUSH`, a failover). It was not run.
        case scriptMissing
        /// The server cannot do this now. The connection is as good as any other.
        case refused
        /// This connection will go on refusing; another one may end at another server, or be allowed in.
        case connectionUseless
        /// What a server in order never answers to what we send.
        case defect
    }

    var meaning: Meaning {
        switch code {
        case "NOSCRIPT": .scriptMissing
        case "LOADING", "MASTERDOWN", "OOM", "MISCONF", "BUSY", "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN": .refused
        // A cluster of several nodes: we do not follow redirections, so name the node that owns all slots, or a proxy.
        case "MOVED", "ASK": .refused
        case "READONLY", "NOAUTH", "WRONGPASS", "NOPERM": .connectionUseless
        default: .defect
        }
    }
}
