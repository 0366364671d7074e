// Runs the calls that queued together in one transaction, and answers them after its commit.

internal import GRDB
internal import Logging
internal import Signup
internal import Threads

/// The one user of the connection.
///
/// Expected outcomes (a taken name, a wrong guess) are values and leave nothing behind, so calls of a batch do not disturb
/// each other. Only when something fails that never should is the batch rolled back and each call run again alone, to find
/// out whose failure it was.
struct BatchRunner: BatchProcessor {
    let connection: DatabaseQueue
    let kind: Database.TransactionKind
    let logger: Logger

    func process(_ batch: [StoreJob]) {
        let jobs = refuseExpired(batch)
        guard !jobs.isEmpty else { return }
        connection.inDatabase { database in
            do throws(TransactionFailure) {
                try runTogether(jobs, database)
            } catch {
                recover(jobs, from: error, database)
            }
        }
    }

    /// Refuses the jobs nobody waits for any more, and returns the others.
    private func refuseExpired(_ batch: [StoreJob]) -> [StoreJob] {
        let now = ContinuousClock.now
        return batch.filter { job in
            guard let deadline = job.deadline, deadline <= now else { return true }
            job.refuse(BackendFailure(.sqlite, .deadlineExceeded, reason: "the deadline passed before the call began"))
            return false
        }
    }

    private func recover(_ jobs: [StoreJob], from failure: TransactionFailure, _ database: Database) {
        if jobs.count > 1, case .rolledBack(let reason) = failure {
            logger.warning("a batch of \(jobs.count) was rolled back and is run one by one: \(reason)")
            runOneByOne(jobs, database)
        } else {
            for job in jobs { job.refuse(failure.reason) }
        }
    }

    private func runOneByOne(_ jobs: [StoreJob], _ database: Database) {
        var refusal: BackendFailure?
        for job in jobs {
            if let refusal {
                job.refuse(refusal)
                continue
            }
            do throws(TransactionFailure) {
                try runTogether([job], database)
            } catch {
                job.refuse(error.reason)
                // Who cannot begin now need not wait for the lock once more for every job behind.
                if case .notBegun(let reason) = error { refusal = reason }
            }
        }
    }

    /// One transaction for all. Answers them if it commits; leaves no transaction open if it does not.
    private func runTogether(_ jobs: [StoreJob], _ database: Database) throws(TransactionFailure) {
        do {
            try database.beginTransaction(kind)
        } catch {
            throw .notBegun(SQLiteFailure.failure(error))
        }
        let answers = try answersOrRollback(jobs, database)
        for answer in answers { answer() }
    }

    private func answersOrRollback(
        _ jobs: [StoreJob],
        _ database: Database
    ) throws(TransactionFailure) -> [() -> Void] {
        let transaction = Transaction(database: database)
        var answers: [() -> Void] = []
        answers.reserveCapacity(jobs.count)
        do throws(BackendFailure) {
            for job in jobs { answers.append(try job.run(transaction)) }
            try SQLiteFailure.committing { try database.commit() }
        } catch {
            rollBack(database)
            throw .rolledBack(error)
        }
        return answers
    }

    private func rollBack(_ database: Database) {
        do {
            // SQLite has rolled back by itself after a full disk and the like; then this does nothing.
            try database.rollback()
        } catch {
            logger.error("\(SQLiteFailure.describe(error, while: "rolling back"))")
        }
    }
}

/// Why a transaction did not come about.
private enum TransactionFailure: Error {
    /// It could not even begin: another process holds the file, or it cannot be read.
    case notBegun(BackendFailure)
    case rolledBack(BackendFailure)

    var reason: BackendFailure {
        switch self {
        case .notBegun(let reason), .rolledBack(let reason): reason
        }
    }
}
