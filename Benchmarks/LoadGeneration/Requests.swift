// What a run sends, encoded before it begins, and what it takes for a good reply.

/// Requests one behind the other in one buffer, so that sending one is a copy.
public struct Requests: Sendable {
    /// How replies are read and matched.
    public enum Replies: Sendable {
        /// Lines of JSON-RPC, matched by id. Good is a result that holds these bytes.
        case jsonRPC(holding: String)
        /// Redis's: in order, each exactly this.
        case ordered(String)
    }

    public let replies: Replies
    /// Begins again after the last one; otherwise each is sent once.
    public let areRepeated: Bool
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = [0]

    public init(_ replies: Replies, areRepeated: Bool = false) {
        self.replies = replies
        self.areRepeated = areRepeated
    }

    public var count: Int { ends.count - 1 }

    /// Adds one request with its line end.
    public mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    /// Adds a JSON-RPC request; its id is its place. `parameters` is JSON.
    public mutating func append(method: String, parameters: String) {
        append("{\"jsonrpc\":\"2.0\",\"id\":\(count),\"method\":\"\(method)\",\"params\":\(parameters)}\n")
    }

    /// The part from one place to another, with ids of its own: requests are written anew by `encode`.
    public static func many(
        _ count: Int,
        method: String,
        holding: String,
        areRepeated: Bool = false,
        parameters: (Int) -> String
    ) -> Requests {
        var requests = Requests(.jsonRPC(holding: holding), areRepeated: areRepeated)
        for index in 0..<count { requests.append(method: method, parameters: parameters(index)) }
        return requests
    }

    /// More than are ever in flight, so that no two of these have the same id.
    private static let pingCount = 65_536

    /// `service.ping`, over and over.
    public static let pings = many(
        pingCount,
        method: "service.ping",
        holding: "\"ok\":true",
        areRepeated: true
    ) { _ in "{}" }

    /// Redis's PING, over and over.
    public static let redisPings: Requests = {
        var requests = Requests(.ordered("+PONG\r\n"), areRepeated: true)
        for _ in 0..<pingCount { requests.append("*1\r\n$4\r\nPING\r\n") }
        return requests
    }()
}
