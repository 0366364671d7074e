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

    init(command: RedisCommand, deadline: Deadline?, completion: Completion<RedisReply, BackendFailure>?) {
        self.command = command
        self.deadline = deadline
        self.completion = completion
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
        let exchange = connection.exchange(jobs.map(\.command))
        let (missing, refusal) = WakeUps.gathered { settle(jobs, with: exchange.replies) }
        if let failure = exchange.failure ?? refusal {
            let unanswered = Array(jobs.dropFirst(exchange.replies.count))
            return Interruption(unexecuted: missing, unanswered: unanswered, failure: failure)
        }
        return missing.isEmpty ? nil : replay(missing, over: connection)
    }

    /// Runs jobs whose script the server had forgotten, once it has it again. Whoever it forgets a second time is refused.
    private func replay(_ jobs: [RedisJob], over connection: RedisConnection) -> Interruption? {
        do {
            try connection.loadScripts()
        } catch {
            return Interruption(unexecuted: jobs, unanswered: [], failure: error)
        }
        let exchange = connection.exchange(jobs.map(\.command))
        let (missing, refusal) = settle(jobs, with: exchange.replies)
        fail(missing, reason: "the server forgets our scripts", retryAfter: nil)
        guard let failure = exchange.failure ?? refusal else { return nil }
        let unanswered = Array(jobs.dropFirst(exchange.replies.count))
        return Interruption(unexecuted: [], unanswered: unanswered, failure: failure)
    }

    /// Answers each job that has a reply, but for those whose script is missing.
    private func settle(
        _ jobs: [RedisJob],
        with replies: [RedisReply]
    ) -> (missing: [RedisJob], refusal: ConnectionFailure?) {
        var missing: [RedisJob] = []
        var refusal: ConnectionFailure?
        for (job, reply) in zip(jobs, replies) {
            guard case .error(let error) = reply else {
                job.completion?.succeed(reply)
                continue
            }
            switch error.meaning {
            case .scriptMissing:
                missing.append(job)
            case .refused:
                fail([job], reason: "the server refuses: \(error.code)", retryAfter: Bounds.firstPause)
            case .connectionUseless:
                refusal = ConnectionFailure(reason: "the server refuses: \(error.code)")
                fail([job], reason: "the server refuses: \(error.code)", retryAfter: Bounds.firstPause)
            case .defect:
                // Nobody may be waiting to report it.
                logger.error("Redis answers what it never should", metadata: ["reason": "\(error.text)"])
                job.completion?.fail(BackendFailure(.redis, .defect, reason: error.text))
            }
        }
        return (missing, refusal)
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
