// One connection's conversation: what comes in as bytes goes out as bytes, and in between the methods run.

/// A state machine without I/O, tasks or a clock: it frames, parses, admits, orders and encodes; the caller moves the bytes,
/// tells the time and runs the methods.
///
/// After each call that changes it (`receive`, `complete`, `expire`, …) the caller takes, in this order:
/// 1. ``takeOutput(_:)`` until there is none, and sets ``outputIsBlocked`` while too much of it is unread;
/// 2. ``takeExecutions()``, and starts them;
/// 3. ``wantsInput``, ``nextDeadline`` and ``isFinished``, which say what to wait for. Who is going to take the output soon may ask
///    ``wantsInput`` before: it counts what was not taken.
///
/// Every request that came in whole is answered exactly once, whatever happens to it.
public struct Session {
    /// In which order replies leave. Those of a batch are always in the order of its elements.
    public enum ReplyOrder: Sendable {
        /// As they are ready; the client matches them by id.
        case completion
        /// As their lines came in.
        case input
    }

    /// Names an execution when its outcome comes back.
    public struct Ticket: Hashable, Sendable {
        let slot: Int
        let generation: UInt32
    }

    /// A request to be executed now.
    public struct Execution: Sendable {
        public let ticket: Ticket
        public let request: Request
        /// Later than this nobody waits for the outcome.
        public let deadline: ContinuousClock.Instant
    }

    /// What becomes of a request.
    public enum Admission: Sendable {
        /// It is answered at once.
        case answer(Outcome)
        /// It is to be executed. Those that share a subject run one after another, in order of arrival.
        case run(subjects: [String])
    }

    struct StalledBatch {
        let elements: [Message.Element]
        let lineByteCount: Int
    }

    let limits: WireLimits
    let admit: (Request) -> Admission
    let reader: MessageReader
    let encoding: ReplyEncoding
    var framer: LineFramer
    var lineNumber: Int64 = 0
    /// A batch that has been read and waits until there are places for all of it.
    var stalledBatch: StalledBatch?
    /// What the request that is started takes of its line: all, or its share of a batch.
    var requestByteCount = 0
    var flights = FlightTable()
    var lanes = Lanes()
    var batches = BatchTable()
    var replies: ReplyQueue
    /// Free to run, and not taken yet. May name flights that have expired since.
    var ready: [Ticket] = []
    /// When the caller last told the time: by then everything in the buffer had arrived.
    var latestInstant: ContinuousClock.Instant?
    var isShuttingDown = false

    /// What has happened so far.
    public internal(set) var statistics = SessionStatistics()

    /// Set by the caller while its channel holds as much unread output as ``WireLimits/unreadOutputByteCount``.
    /// Until it is reset no more lines are read; the next ``takeOutput(_:)`` then goes on reading.
    public var outputIsBlocked = false

    /// When ``expire(now:)`` is due at the latest; `nil` if nothing runs.
    ///
    /// A lower bound, so that it stays cheap: the request it stood for may be done, and `expire` then finds the next.
    public internal(set) var nextDeadline: ContinuousClock.Instant?

    /// - Parameters:
    ///   - limits: of lines, requests in flight and unread output.
    ///   - inputMode: whether a line is a whole message or only the params of one method.
    ///   - replyOrder: as they complete, or as the requests came.
    ///   - admit: decides about each request as it comes in. Must not block: it runs within ``receive(_:now:)``.
    public init(
        limits: WireLimits = WireLimits(),
        replyOrder: ReplyOrder,
        inputMode: InputMode = .messages,
        admit: @escaping (Request) -> Admission
    ) {
        self.limits = limits
        self.admit = admit
        reader = MessageReader(limits: limits, mode: inputMode)
        encoding = ReplyEncoding(limits: limits)
        framer = LineFramer(limits: limits)
        replies = ReplyQueue(order: replyOrder, limits: limits)
    }
}
