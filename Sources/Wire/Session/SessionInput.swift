// The part of a session that takes bytes in and decides what becomes of each message.

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
        placesTaken < limits.inFlightCount && flights.byteCount < limits.inFlightByteCount && !outputIsBlocked
            && replies.output.count < limits.unreadOutputByteCount
    }

    /// Reads lines until none is left or something must be waited for.
    mutating func advance(now: ContinuousClock.Instant) {
        latestInstant = now
        while canReadLines {
            if let batch = stalledBatch {
                stalledBatch = nil
                start(batch: batch.elements, lineByteCount: batch.lineByteCount, now: now)
                if stalledBatch != nil { break }
            } else if !startNextLine(now: now) {
                break
            }
        }
        framer.compact()
    }

    private mutating func startNextLine(now: ContinuousClock.Instant) -> Bool {
        let number = lineNumber + 1
        var byteCount = 0
        let line = framer.next { [reader] line, isTerminated in
            byteCount = line.count
            return reader.read(line, isTerminated: isTerminated, number: number)
        }
        guard let line else { return false }
        lineNumber = number
        switch line {
        case .blank: break
        case .tooLong: start(reader.readTooLong(number: number), lineByteCount: 0, now: now)
        case .content(let message): start(message, lineByteCount: byteCount, now: now)
        }
        return true
    }

    private mutating func start(_ message: Message, lineByteCount: Int, now: ContinuousClock.Instant) {
        switch message {
        case .single(let element) where element.wantsReply:
            requestByteCount = lineByteCount
            start(element, at: .line(position: replies.reserve()), now: now)
        case .single(let element):
            drop(element)
        case .batch(let elements):
            start(batch: elements, lineByteCount: lineByteCount, now: now)
        }
    }

    /// Starts all elements of a batch, or none. With nothing in flight even one beyond the limit starts: waiting would be
    /// forever.
    private mutating func start(batch elements: [Message.Element], lineByteCount: Int, now: ContinuousClock.Instant) {
        let replyCount = elements.count(where: \.wantsReply)
        guard placesTaken == 0 || placesTaken + replyCount <= limits.inFlightCount else {
            stalledBatch = StalledBatch(elements: elements, lineByteCount: lineByteCount)
            return
        }
        requestByteCount = lineByteCount / elements.count
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
