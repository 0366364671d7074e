// Every limit of the wire in one place, each with its reason. The contract in protocol/ promises these numbers.

/// How much one connection may ask of us. An operator may change any of them; a client may rely on the defaults.
public struct WireLimits: Sendable, Equatable {
    /// A line without its terminator. The longest signup is under 2 KiB; many clients cap a line at 64 KiB themselves.
    public var lineByteCount = 65_536

    /// A reply with its LF stays under this (in a batch: each element): clients that cap a line cap it there.
    public var replyByteCount = 65_536

    /// How deep arrays and objects may nest, in a line as a whole. Ours need four; the parser recurses, so it must be bounded.
    public var depth = 32

    /// Elements of a batch. One line must not take every place of the connection.
    public var batchElementCount = 32

    /// Requests of a connection that are not answered yet, or still run. Enough to keep every worker's batch full.
    public var inFlightCount = 64

    /// The lines of those requests together; one more may go beyond it. That many lines of 4 KiB fit, and no sensible signup is longer,
    /// whatever its client escapes. A parsed line takes up to twelve times its bytes, and one that waits behind another is kept parsed.
    public var inFlightByteCount = 262_144

    /// Replies the client has not read. Beyond it we stop reading: a client that does not listen need not be heard.
    public var unreadOutputByteCount = 262_144

    /// How long output may make no progress before the connection is closed: a client that hangs must not hold memory.
    public var outputStall: Duration = .seconds(10)

    /// A request's id as UTF-8, if it is a string. It is kept while the request runs, and echoed.
    public var idByteCount = 256

    /// `_meta.idempotency_key` in code points: a UUID or a hash fits many times over, an index row stays small.
    public var idempotencyKeyLength = 1...128

    /// `_meta.traceparent` in bytes. The W3C form has 55; later versions may be longer.
    public var traceparentByteCount = 1...128

    /// `_meta.timeout_ms`. A minute is longer than any caller with a person behind it waits.
    public var timeoutMilliseconds: ClosedRange<Int64> = 1...60_000

    /// The timeout of a request that names none: a little over the longest chain of backend timeouts.
    public var defaultTimeout: Duration = .seconds(15)

    /// Connections to one server. With what each may keep in flight and unread, all of them at their worst would take 4 GiB; whoever
    /// may open that many is trusted with the machine's sign-ups already.
    public var connectionCount = 1_024

    /// Connections of one Unix user; 0 is no limit: most machines have one backend under one user.
    public var connectionCountPerUser = 0

    /// How long a connection with nothing in flight may be silent; zero is for ever: pools keep connections for later.
    public var idleTime: Duration = .zero

    /// The length in bytes to which an error's `data.field` is cut: an unknown name can be as long as a line.
    public var fieldByteCount = 128

    /// An input or output buffer larger than this is given back once it is empty, so that an idle connection is small.
    public var idleBufferByteCount = 16_384

    /// The limits the contract promises.
    public init() {}
}
