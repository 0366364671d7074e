// A caller around a session that completes what is to be executed at once, and checks what comes out.

import Wire

struct Conversation {
    private(set) var session: Session
    private(set) var output: [UInt8] = []
    private(set) var running: [Session.Execution] = []
    private var now = ContinuousClock.now
    private let run: (Request) -> Outcome

    init(
        limits: WireLimits,
        order: Session.ReplyOrder,
        mode: InputMode = .messages,
        admit: @escaping (Request) -> Session.Admission = Echo.admit,
        run: @escaping (Request) -> Outcome = Echo.run
    ) {
        session = Session(limits: limits, replyOrder: order, inputMode: mode, admit: admit)
        self.run = run
    }

    /// Takes bytes, and answers what they ask.
    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        accept(bytes)
        completeAll()
    }

    /// Takes bytes, and leaves what is to be executed running.
    mutating func accept(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { session.receive($0, now: now) }
        collect()
    }

    mutating func complete(at index: Int) {
        let execution = running.remove(at: index)
        session.complete(execution.ticket, with: run(execution.request), now: now)
        collect()
    }

    mutating func completeAll() {
        while !running.isEmpty { complete(at: 0) }
    }

    mutating func block(_ isBlocked: Bool) {
        session.outputIsBlocked = isBlocked
        if !isBlocked { collect() }
    }

    mutating func wait(_ duration: Duration) {
        now += duration
        session.expire(now: now)
        collect()
    }

    mutating func shutDown() {
        session.shutDown(now: now)
        collect()
    }

    /// Ends the input, completes what runs, and checks what must hold at the end of every conversation.
    mutating func finish() {
        session.receiveEnd(now: now)
        block(false)
        completeAll()
        hold(session.isFinished && session.inFlightCount == 0, "at the end of the input nothing is left")
        let counted = session.statistics
        hold(counted.results + counted.errors == counted.requests + counted.malformedMessages, "one reply a request")
        hold(replyCount(output) == counted.results + counted.errors, "every reply that was counted is in the output")
    }

    private mutating func collect() {
        while true {
            let taken = session.takeOutput()
            if taken.isEmpty { break }
            output += taken
        }
        running += session.takeExecutions()
    }
}

/// Checks that the output is lines of ASCII JSON, each a reply or an array of replies, and counts the replies.
private func replyCount(_ output: [UInt8]) -> Int {
    guard !output.isEmpty else { return 0 }
    hold(output.last == UInt8(ascii: "\n"), "the last line has its LF")
    hold(output.allSatisfy { $0 == UInt8(ascii: "\n") || (0x20...0x7E).contains($0) }, "output is printable ASCII")
    var count = 0
    for line in output.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        // A result nests the params, which were as deep as a line may be, a little deeper.
        guard let value = try? JSONValue.parse(line, depthLimit: 64) else { fatalError("a line of output is no JSON") }
        let replies = if case .array(let elements) = value { elements } else { [value] }
        hold(!replies.isEmpty && replies.allSatisfy { Reply($0) != nil }, "each element of output is a reply")
        count += replies.count
    }
    return count
}

/// The method behind a fuzzed session: its result is its params.
enum Echo {
    static func admit(_ request: Request) -> Session.Admission {
        guard !request.method.hasPrefix("now") else { return .answer(run(request)) }
        guard case .named(let params) = request.params else { return .run(subjects: []) }
        return .run(subjects: params.members.prefix(3).map(\.name))
    }

    static func run(_ request: Request) -> Outcome {
        if request.method.hasPrefix("no") { return .failure(WireError(.unavailable, field: request.method)) }
        switch request.params {
        case .none: return .success(.null)
        case .named(let params): return .success(.object(params))
        case .positional(let params): return .success(.array(params))
        }
    }
}
