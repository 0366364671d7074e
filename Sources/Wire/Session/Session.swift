// One connection's conversation: what comes in as bytes goes out as bytes, and in between the methods run.

/// A state machine without I/O, tasks or a clock: it frames, parses, admits, orders and encodes; the caller moves the bytes,
/// tells the time and runs the methods.
///
/// After each call that changes it (`receive`, `complete`, `expire`, …) the caller takes, in this order:
/// 1. ``takeOutput()`` until it is empty, and sets ``outputIsBlocked`` while too much of it is unread;
/// 2. ``takeExecutions()``, and starts them;
/// 3. ``wantsInput``, ``nextDeadline`` and ``isFinished``, which say what to wait for.
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

    let limits: WireLimits
    let admit: (Request) -> Admission
    private let reader: MessageReader
    private let encoding: ReplyEncoding
    private var framer: LineFramer
    private var lineNumber: Int64 = 0
    /// A batch that has been read and waits until there are places for all of it.
    private var stalledBatch: [Message.Element]?
    var flights = FlightTable()
    var lanes = Lanes()
    private var batches = BatchTable()
    private var replies: ReplyQueue
    /// Free to run, and not taken yet. May name flights that have expired since.
    var ready: [Ticket] = []
    /// When the caller last told the time: by then everything in the buffer had arrived.
    private var latestInstant: ContinuousClock.Instant?
    private var isShuttingDown = false

    /// What has happened so far.
    public internal(set) var statistics = SessionStatistics()

    /// Set by the caller while its channel holds as much unread output as ``WireLimits/unreadOutputByteCount``.
    /// Until it is reset no more lines are read.
    public var outputIsBlocked = false

    /// When ``expire(now:)`` is due at the latest; `nil` if nothing runs.
    ///
    /// A lower bound, so that it stays cheap: the request it stood for may be done, and `expire` then finds the next.
    public internal(set) var nextDeadline: ContinuousClock.Instant?

    /// - Parameter admit: decides about each request as it comes in. Must not block: it runs within ``receive(_:now:)``.
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
        replies = ReplyQueue(order: replyOrder)
    }
}

// MARK: Input

extension Session {
    /// Takes bytes that arrived, and reads as many lines as there are places for.
    public mutating func receive(_ bytes: UnsafeRawBufferPointer, now: ContinuousClock.Instant) {
        framer.receive(bytes)
        advance(now: now)
    }

    /// Takes the end of the input. The last line may lack its LF; one that was cut is an error.
    public mutating func receiveEnd(now: ContinuousClock.Instant) {
        framer.receiveEnd()
        advance(now: now)
    }

    /// Admits nothing from here on: what is buffered and what still comes is answered `SHUTTING_DOWN`. What is in flight
    /// goes on, and then the session is finished.
    public mutating func shutDown(now: ContinuousClock.Instant) {
        isShuttingDown = true
        advance(now: now)
    }

    /// Whether to go on reading from the client.
    public var wantsInput: Bool {
        canReadLines && stalledBatch == nil && !framer.hasEnded && framer.bufferedByteCount <= limits.lineByteCount
    }

    /// Everything that came in is answered and no more will come (or be heard, when shutting down). Output may be left.
    public var isFinished: Bool {
        (framer.hasEnded || isShuttingDown) && placesTaken == 0 && stalledBatch == nil && !framer.mayHoldLine
    }

    /// Requests that are not answered, or still run although they are.
    public var inFlightCount: Int { flights.count }

    /// Requests in flight and replies that are held back for others. Both are bounded by the same limit.
    private var placesTaken: Int { flights.count + batches.heldCount + replies.heldCount }

    private var canReadLines: Bool {
        placesTaken < limits.inFlightCount && !outputIsBlocked
            && replies.output.count < limits.unreadOutputByteCount
    }

    /// Reads lines until none is left or something must be waited for.
    mutating func advance(now: ContinuousClock.Instant) {
        latestInstant = now
        while canReadLines {
            if let batch = stalledBatch {
                stalledBatch = nil
                start(batch: batch, now: now)
                if stalledBatch != nil { break }
            } else if !startNextLine(now: now) {
                break
            }
        }
        framer.compact()
    }

    private mutating func startNextLine(now: ContinuousClock.Instant) -> Bool {
        let number = lineNumber + 1
        let line = framer.next { [reader] line, isTerminated in
            reader.read(line, isTerminated: isTerminated, number: number)
        }
        guard let line else { return false }
        lineNumber = number
        switch line {
        case .blank: break
        case .tooLong: start(reader.readTooLong(number: number), now: now)
        case .content(let message): start(message, now: now)
        }
        return true
    }

    private mutating func start(_ message: Message, now: ContinuousClock.Instant) {
        switch message {
        case .single(let element) where element.wantsReply:
            start(element, at: .line(position: replies.reserve()), now: now)
        case .single(let element):
            drop(element)
        case .batch(let elements):
            start(batch: elements, now: now)
        }
    }

    /// Starts all elements of a batch, or none. With nothing in flight even one beyond the limit starts: waiting would be
    /// forever.
    private mutating func start(batch elements: [Message.Element], now: ContinuousClock.Instant) {
        let replyCount = elements.count(where: \.wantsReply)
        guard placesTaken == 0 || placesTaken + replyCount <= limits.inFlightCount else {
            stalledBatch = elements
            return
        }
        let number = replyCount == 0 ? 0 : batches.open(replyCount: replyCount, position: replies.reserve())
        var place = 0
        for element in elements {
            guard element.wantsReply else {
                drop(element)
                continue
            }
            start(element, at: .batch(number: number, element: place), now: now)
            place += 1
        }
    }

    private mutating func drop(_ element: Message.Element) {
        switch element {
        case .notification: statistics.droppedNotifications += 1
        case .response: statistics.droppedResponses += 1
        case .request, .refused: preconditionFailure("dropped what wants a reply")
        }
    }

    private mutating func start(_ element: Message.Element, at place: ReplyPlace, now: ContinuousClock.Instant) {
        switch element {
        case .request(let request):
            statistics.requests += 1
            switch isShuttingDown ? .answer(.failure(shuttingDown)) : admit(request) {
            case .answer(let outcome): answer(outcome, id: request.id, at: place)
            case .run(let subjects): launch(request, subjects: subjects, at: place, now: now)
            }
        case .refused(let id, let isMalformed, let failure):
            if isMalformed { statistics.malformedMessages += 1 } else { statistics.requests += 1 }
            answer(.failure(failure), id: id, at: place)
        case .notification, .response:
            preconditionFailure("started what wants no reply")
        }
    }

    private var shuttingDown: WireError {
        WireError(.shuttingDown, hint: "this request was not executed; connect again", retryAfterSeconds: 1)
    }
}

// MARK: Output

extension Session {
    /// Takes the replies that are ready, in one buffer. Call it until it is empty: when the buffer was full, reading goes
    /// on only after it was taken.
    public mutating func takeOutput() -> [UInt8] {
        if replies.output.isEmpty, framer.mayHoldLine || stalledBatch != nil, let latestInstant {
            advance(now: latestInstant)
        }
        return replies.takeOutput()
    }

    /// Writes a reply, or puts it where it waits for others.
    mutating func answer(_ outcome: Outcome, id: RequestID, at place: ReplyPlace) {
        var isResult = false
        switch place {
        case .line(let position):
            replies.deliver(at: position) { [encoding] output in
                isResult = encoding.append(outcome, id: id, to: &output)
                output.append(UInt8(ascii: "\n"))
            }
        case .batch(let number, let element):
            var reply: [UInt8] = []
            isResult = encoding.append(outcome, id: id, to: &reply)
            if let whole = batches.add(reply, batch: number, element: element) {
                deliver(whole.replies, at: whole.position)
            }
        }
        if isResult { statistics.results += 1 } else { statistics.errors += 1 }
    }

    private mutating func deliver(_ batch: [[UInt8]], at position: Int) {
        replies.deliver(at: position, replyCount: batch.count) { output in
            var separator = UInt8(ascii: "[")
            for reply in batch {
                output.append(separator)
                output.append(contentsOf: reply)
                separator = UInt8(ascii: ",")
            }
            output.append(static: "]\n")
        }
    }
}
