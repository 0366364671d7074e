// Calls that go into one transaction with others of their kind: a commit's wait for the disk is paid once for all.

import Signup
import Threads

/// One call that can share a transaction.
protocol SharedWork: Sendable {
    associatedtype Value: Sendable

    /// Whether this one may go with others.
    var sharesTransaction: Bool { get }

    /// Runs them all, in order, and answers for each. Alone, every expected outcome is a value; in company it may throw
    /// instead, and each is run again alone.
    static func run(_ work: [Self], in attempt: Attempt) throws(DatabaseError) -> [Value]
}

/// Shared work with its waiting caller. A reference, since jobs go from list to list.
final class SharedJob<Work: SharedWork>: Sendable {
    let work: Work
    let deadline: Deadline
    let completion: Completion<Work.Value, BackendFailure>

    init(work: Work, deadline: Deadline, completion: Completion<Work.Value, BackendFailure>) {
        self.work = work
        self.deadline = deadline
        self.completion = completion
    }
}

/// Runs what queued meanwhile together, and one by one what cannot or did not work together.
struct SharedProcessor<Work: SharedWork>: BatchProcessor {
    let session: Session

    func process(_ batch: [SharedJob<Work>]) {
        let now = ContinuousClock.now
        var together: [SharedJob<Work>] = []
        var alone: [SharedJob<Work>] = []
        for job in batch {
            if job.deadline <= now {
                job.completion.fail(.deadlinePassed)
            } else if job.work.sharesTransaction {
                together.append(job)
            } else {
                alone.append(job)
            }
        }
        if together.count == 1 { alone += together } else if !together.isEmpty { runTogether(together) }
        for job in alone { runAlone(job, mayHaveHappened: false) }
    }

    private func runTogether(_ jobs: [SharedJob<Work>]) {
        // As long as one caller waits, a repetition is worth while.
        let deadline = jobs.map(\.deadline).max() ?? .now
        do {
            let work = jobs.map(\.work)
            let values = try session.run(.transaction, Attempts(replayLimit: 0), deadline: deadline) {
                attempt throws(DatabaseError) in .commit(try Work.run(work, in: attempt))
            }
            WakeUps.gathered {
                for (job, value) in zip(jobs, values) { job.completion.succeed(value) }
            }
        } catch {
            // Rolled back, or unknown: alone each finds out about itself, unless there is no server to ask.
            for job in jobs {
                if session.isConnected {
                    runAlone(job, mayHaveHappened: error.kind == .outcomeUnknown)
                } else {
                    job.completion.fail(error)
                }
            }
        }
    }

    private func runAlone(_ job: SharedJob<Work>, mayHaveHappened: Bool) {
        job.completion.finish(
            Result { () throws(BackendFailure) -> Work.Value in
                guard ContinuousClock.now < job.deadline || mayHaveHappened else { throw .deadlinePassed }
                let attempts = Attempts(replayLimit: Limits.replays, mayHaveHappened: mayHaveHappened)
                let values = try session.run(.transaction, attempts, deadline: job.deadline) {
                    attempt throws(DatabaseError) in .commit(try Work.run([job.work], in: attempt))
                }
                guard let value = values.first else {
                    throw BackendFailure(.mariadb, .defect, reason: "work without an answer")
                }
                return value
            }
        )
    }
}
