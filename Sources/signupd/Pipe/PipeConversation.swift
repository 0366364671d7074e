// stdin → session → stdout. One task owns the session; reads, requests and deadlines reach it as events.

import Logging
import Signup
import Wire

/// The conversation of one `signupd pipe`.
struct PipeConversation {
    private enum Event: Sendable {
        case input([UInt8])
        case inputFailed(StreamFailure)
        case completed(Session.Ticket, Outcome)
        case deadline(Deadline)
        case stop
    }

    let methods: MethodTable
    let input: StandardInput
    let output: StandardOutput
    let logger: Logger
    private let serviceStatistics: ServiceStatistics
    /// What has been added to `serviceStatistics`.
    private var countedStatistics = SessionStatistics()
    private var dropWarning = DropWarning()
    private var progress: Progress?
    private var inputByteCount: Int64 = 0
    private var session: Session
    private var isReading = false
    private var isEnded = false
    private var isStopping = false
    /// When we will be woken, the latest first: a wake is asked for only when it is earlier than all others.
    private var wakes: [Deadline] = []

    /// - Parameters:
    ///   - method: each line is this method's params and ids are line numbers; `nil`: lines are JSON-RPC messages.
    ///   - isOrdered: whether replies come in the order of the input.
    ///   - progress: the line that tells a person how far it is.
    init(
        methods: MethodTable,
        statistics: ServiceStatistics,
        limits: WireLimits,
        method: String?,
        isOrdered: Bool,
        progress: Progress?,
        input: StandardInput,
        output: StandardOutput,
        logger: Logger
    ) {
        self.methods = methods
        self.input = input
        self.output = output
        self.logger = logger
        self.progress = progress
        serviceStatistics = statistics
        session = Session(
            limits: limits,
            replyOrder: isOrdered ? .input : .completion,
            inputMode: method.map { .parameters(method: $0) } ?? .messages,
            admit: { methods.admit($0) }
        )
    }

    /// Runs until the input has ended and every reply is written, or until `stop` says to finish what is in flight.
    ///
    /// - Returns: what was counted, or why the streams broke.
    mutating func run(stop: AsyncStream<Void>) async throws(StreamFailure) -> SessionStatistics {
        // Bounded by what the session lets be in flight, and one each of read, deadline and stop.
        let events = Inbox<Event>()
        let failure = await withDiscardingTaskGroup(returning: StreamFailure?.self) { group in
            group.addTask {
                for await _ in stop { events.put(.stop) }
            }
            defer { group.cancelAll() }
            startReading(&group, events)
            while !session.isFinished || isReading && isStopping {
                do throws(StreamFailure) {
                    for event in await events.take() { try handle(event) }
                    count()
                    try await advance(&group, events)
                } catch {
                    // Whoever waits for input would keep the group, and with it the reason, to the input's end.
                    input.cancel()
                    return error
                }
            }
            return nil
        }
        progress?.finish(progressCounts)
        if let failure { throw failure }
        return session.statistics
    }

    private mutating func handle(_ event: Event) throws(StreamFailure) {
        switch event {
        case .input(let bytes):
            isReading = false
            if !bytes.isEmpty {
                inputByteCount += Int64(bytes.count)
                bytes.withUnsafeBytes { session.receive($0, now: .now) }
            }
            if bytes.isEmpty || isStopping { end() }
        case .completed(let ticket, let outcome):
            session.complete(ticket, with: outcome, now: .now)
        case .deadline(let date):
            wakes.removeAll { $0 == date }
            session.expire(now: .now)
        case .stop:
            isStopping = true
            session.shutDown(now: .now)
            input.cancel()
            // A read that is under way comes back at once, and what it found is answered.
            if !isReading { end() }
        case .inputFailed(let failure):
            throw failure
        }
    }

    /// Adds what happened to the process's counters, and tells a person.
    private mutating func count() {
        let current = session.statistics
        if current.differsInMessages(from: countedStatistics) {
            serviceStatistics.add(current, since: countedStatistics)
            countedStatistics = current
            if let warning = dropWarning.message(count: current.droppedNotifications) { logger.warning("\(warning)") }
        }
        let counts = progressCounts
        progress?.show(counts)
    }

    private var progressCounts: ProgressLine.Counts {
        let statistics = session.statistics
        return ProgressLine.Counts(
            replies: statistics.results + statistics.errors,
            errors: statistics.errors,
            inputByteCount: inputByteCount
        )
    }

    private mutating func end() {
        guard !isEnded else { return }
        isEnded = true
        session.receiveEnd(now: .now)
    }

    private mutating func advance(
        _ group: inout DiscardingTaskGroup,
        _ events: Inbox<Event>
    ) async throws(StreamFailure) {
        // Waiting here is the back pressure: nothing is read while the reader of our output is slow.
        while case let bytes = session.takeOutput(), !bytes.isEmpty { try await output.write(bytes) }
        for execution in session.takeExecutions() {
            group.addTask { [methods] in
                let context = RequestContext(deadline: execution.deadline, peer: .thisProcess)
                let outcome = await methods.run(execution.request, context: context)
                events.put(.completed(execution.ticket, outcome))
            }
        }
        if !isEnded, !isReading, session.wantsInput { startReading(&group, events) }
        setDeadline(&group, events)
    }

    private mutating func startReading(
        _ group: inout DiscardingTaskGroup,
        _ events: Inbox<Event>
    ) {
        isReading = true
        group.addTask { [input] in
            do throws(StreamFailure) {
                events.put(.input(try await input.read()))
            } catch {
                events.put(.inputFailed(error))
            }
        }
    }

    private mutating func setDeadline(
        _ group: inout DiscardingTaskGroup,
        _ events: Inbox<Event>
    ) {
        guard let deadline = session.nextDeadline, wakes.last.map({ deadline < $0 }) ?? true else { return }
        wakes.append(deadline)
        group.addTask {
            // Cancelled: the conversation is over and nobody waits for the deadline.
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            events.put(.deadline(deadline))
        }
    }
}
