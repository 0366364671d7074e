// The worker thread's side: a batch of jobs becomes one pipeline, and every job gets exactly one answer.

import Glibc
import Logging
import Signup
import Threads

/// A command and whoever waits for its answer. A reference, since jobs go from list to list.
final class RedisJob: Sendable {
    let command: RedisCommand
    /// `nil`: run it however late.
    let deadline: Deadline?
    /// `nil`: nobody waits.
    let completion: Completion<RedisReply, BackendFailure>?
    /// Whether the caller may go on in the thread of the connection once it has this reply.
    let continuesHere: @Sendable (RedisReply) -> Bool

    init(
        command: RedisCommand,
        deadline: Deadline?,
        completion: Completion<RedisReply, BackendFailure>?,
        continuesHere: @escaping @Sendable (RedisReply) -> Bool = { _ in false }
    ) {
        self.command = command
        self.deadline = deadline
        self.completion = completion
        self.continuesHere = continuesHere
    }

    func succeed(_ reply: RedisReply) {
        if continuesHere(reply) { completion?.succeedHere(reply) } else { completion?.succeed(reply) }
    }
}

/// Owns the connection: opens it when a batch needs one, drops it when it failed, and leaves Redis alone for a while after.
final class RedisProcessor: BatchProcessor {
    private let configuration: RedisConfiguration
    private let logger: Logger
    private var connection: RedisConnection?
    private var breaker = Breaker()

    init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        blockBrokenPipeSignal()
    }

    func process(_ batch: [RedisJob]) {
        let now = ContinuousClock.now
        var jobs = refuseOverdue(batch, now: now)
        guard !jobs.isEmpty else { return }
        if let pause = breaker.remaining(at: now) {
            return fail(jobs, reason: "Redis did not answer a moment ago", retryAfter: pause)
        }
        if let kept = connection, kept.isQuiet {
            guard let interruption = run(jobs, over: kept) else { return noteSuccess() }
            connection = nil
            guard interruption.failure.peerWentAway else { return giveUp(interruption) }
            jobs = refuseUnrepeatable(interruption)
            guard !jobs.isEmpty else { return }
        }
        runOverFreshConnection(jobs)
    }

    private func runOverFreshConnection(_ jobs: [RedisJob]) {
        connection = nil
        do {
            let fresh = try RedisConnection.open(configuration)
            if let interruption = run(jobs, over: fresh) { return giveUp(interruption) }
            connection = fresh
            noteSuccess()
        } catch {
            giveUp(Interruption(unexecuted: jobs, unanswered: [], failure: error))
        }
    }

    /// hiredis writes with `write`, which raises SIGPIPE when the server is gone; EPIPE alone is what we want.
    private func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

// MARK: - One connection

/// A connection that failed under a batch, and the jobs that have no answer yet.
private struct Interruption {
    /// Redis did not run them.
    let unexecuted: [RedisJob]
    /// Redis may have run them.
    let unanswered: [RedisJob]
    let failure: ConnectionFailure
}

extension RedisProcessor {
    /// Runs the jobs in one pipeline and answers those that were answered.
    private func run(_ jobs: [RedisJob], over connection: RedisConnection) -> Interruption? {
        let pipeline = send(jobs, over: connection)
        if let failure = pipeline.failure {
            return Interruption(unexecuted: pipeline.missing, unanswered: pipeline.unanswered, failure: failure)
        }
        return pipeline.missing.isEmpty ? nil : replay(pipeline.missing, over: connection)
    }

    /// Runs jobs whose script the server had forgotten, once it has it again. Whoever it forgets a second time is refused.
    private func replay(_ jobs: [RedisJob], over connection: RedisConnection) -> Interruption? {
        do {
            try connection.loadScripts()
        } catch {
            return Interruption(unexecuted: jobs, unanswered: [], failure: error)
        }
        let pipeline = send(jobs, over: connection)
        fail(pipeline.missing, reason: "the server forgets our scripts", retryAfter: nil)
        guard let failure = pipeline.failure else { return nil }
        return Interruption(unexecuted: [], unanswered: pipeline.unanswered, failure: failure)
    }

    /// What came of one pipeline.
    private struct Pipeline {
        /// Their script is missing.
        var missing: [RedisJob] = []
        var unanswered: [RedisJob] = []
        var failure: ConnectionFailure?
    }

    private func send(_ jobs: [RedisJob], over connection: RedisConnection) -> Pipeline {
        var pipeline = Pipeline()
        var waiting = jobs.makeIterator()
        let exchange = connection.exchange(jobs.map(\.command)) { reply in
            // No more replies come than there are commands.
            if let job = waiting.next() { settle(job, with: reply, in: &pipeline) }
        }
        pipeline.unanswered = Array(jobs.dropFirst(exchange.answeredCount))
        if let failure = exchange.failure { pipeline.failure = failure }
        return pipeline
    }

    /// Answers a job that has a reply, unless its script is missing.
    private func settle(_ job: RedisJob, with reply: RedisReply, in pipeline: inout Pipeline) {
        guard case .error(let error) = reply else {
            job.succeed(reply)
            return
        }
        switch error.meaning {
        case .scriptMissing:
            pipeline.missing.append(job)
        case .refused:
            fail([job], reason: "the server refuses: \(error.code)", retryAfter: Bounds.firstPause)
        case .connectionUseless:
            pipeline.failure = ConnectionFailure(reason: "the server refuses: \(error.code)")
            fail([job], reason: "the server refuses: \(error.code)", retryAfter: Bounds.firstPause)
        case .defect:
            // Nobody may be waiting to report it.
            logger.error("Redis answers what it never should", metadata: ["reason": "\(error.text)"])
            job.completion?.fail(BackendFailure(.redis, .defect, reason: error.text))
        }
    }
}

// MARK: - Failing

extension RedisProcessor {
    /// Fails the jobs nobody waits for any more; the others remain.
    private func refuseOverdue(_ batch: [RedisJob], now: ContinuousClock.Instant) -> [RedisJob] {
        batch.filter { job in
            guard let deadline = job.deadline, deadline <= now else { return true }
            let reason = "the deadline passed before the command was sent"
            job.completion?.fail(BackendFailure(.redis, .deadlineExceeded, reason: reason))
            return false
        }
    }

    /// Fails the jobs that may have been run and must not run twice; the others may go over another connection.
    ///
    /// As unavailable, not as unknown: what may have happened is a wrong guess or a charge more, which errs on the safe side.
    private func refuseUnrepeatable(_ interruption: Interruption) -> [RedisJob] {
        let lost = interruption.unanswered.filter { !$0.command.mayBeRepeated }
        fail(lost, reason: interruption.failure.reason, retryAfter: nil)
        return interruption.unexecuted + interruption.unanswered.filter(\.command.mayBeRepeated)
    }

    /// Drops the connection, opens the breaker and fails whoever is left.
    private func giveUp(_ interruption: Interruption) {
        let failure = interruption.failure
        let metadata: Logger.Metadata = ["redis": "\(configuration.place)", "reason": "\(failure.reason)"]
        // One warning an outage: every further try says the same.
        logger.log(level: breaker.isTripped ? .debug : .warning, "Redis is unavailable", metadata: metadata)
        connection = nil
        let now = ContinuousClock.now
        breaker.trip(at: now)
        fail(
            interruption.unexecuted + interruption.unanswered,
            reason: failure.reason,
            nativeCode: failure.nativeCode,
            retryAfter: breaker.remaining(at: now)
        )
    }

    private func noteSuccess() {
        if breaker.isTripped { logger.notice("Redis is back", metadata: ["redis": "\(configuration.place)"]) }
        breaker.reset()
    }

    private func fail(_ jobs: [RedisJob], reason: String, nativeCode: Int? = nil, retryAfter: Duration?) {
        let failure = BackendFailure(
            .redis,
            .unavailable,
            nativeCode: nativeCode,
            reason: reason,
            retryAfter: retryAfter
        )
        for job in jobs { job.completion?.fail(failure) }
    }
}
