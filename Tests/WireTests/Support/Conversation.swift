// A client, a caller and a clock around a session: everything a server does for it, without a socket.

import Wire

/// Drives a session as a server would, in virtual time.
struct Conversation {
    private(set) var session: Session
    private(set) var now = ContinuousClock.now
    /// Everything that came out so far.
    private(set) var output: [UInt8] = []
    /// What was handed out to be executed and has not come back.
    private(set) var running: [Session.Execution] = []

    init(
        limits: WireLimits = WireLimits(),
        replyOrder: Session.ReplyOrder = .completion,
        inputMode: InputMode = .messages,
        admit: @escaping (Request) -> Session.Admission = TestMethods.admit
    ) {
        session = Session(limits: limits, replyOrder: replyOrder, inputMode: inputMode, admit: admit)
    }

    /// The complete lines that came out, parsed.
    var replies: [JSONValue] {
        output.split(separator: UInt8(ascii: "\n")).map { line in
            (try? JSONValue.parse(line)) ?? "not JSON"  // A test that expects a reply shows what it got instead.
        }
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    mutating func send(_ text: String) {
        send(Array(text.utf8))
    }

    mutating func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { session.receive($0, now: now) }
        collect()
    }

    mutating func end() {
        session.receiveEnd(now: now)
        collect()
    }

    mutating func shutDown() {
        session.shutDown(now: now)
        collect()
    }

    mutating func unblockOutput() {
        session.outputIsBlocked = false
        collect()
    }

    mutating func blockOutput() {
        session.outputIsBlocked = true
    }

    /// Completes what runs under that id.
    mutating func complete(_ id: RequestID, with outcome: Outcome = .success("done")) {
        guard let index = running.firstIndex(where: { $0.request.id == id }) else { return }
        session.complete(running.remove(at: index).ticket, with: outcome, now: now)
        collect()
    }

    /// Lets time pass for the deadlines; nothing completes by it.
    mutating func wait(_ duration: Duration) {
        now += duration
        session.expire(now: now)
        collect()
    }

    /// Runs the test methods to their end, those that sleep in the order in which they wake.
    mutating func runToEnd() {
        while !running.isEmpty {
            let wakes = running.indices.map { (wake: TestMethods.duration(running[$0].request), index: $0) }
            guard let next = wakes.min(by: { $0 < $1 }) else { return }
            let execution = running.remove(at: next.index)
            session.complete(execution.ticket, with: TestMethods.run(execution.request), now: now)
            collect()
        }
    }

    /// What a caller does after each event.
    private mutating func collect() {
        while true {
            let taken = session.takeOutput()
            if taken.isEmpty { break }
            output += taken
        }
        running += session.takeExecutions()
    }
}
