// The embedded store: members, signups, owed mail, codes and limits in one SQLite file.
//
// One thread owns the connection. Whatever calls queued while it was busy share the next transaction, so that one wait for
// the disk serves them all; a caller hears of its change only after that transaction is durable.

internal import GRDB
public import Logging
public import Signup
internal import Threads

/// Everything signupd keeps, in one file. Several processes may have it open.
public final class SQLiteStore: Sendable {
    private let connection: DatabaseQueue
    private let worker: Worker<StoreJob>
    private let logger: Logger

    /// Opens the file, making it where there is none, and brings its schema up to date.
    public init(_ configuration: SQLiteConfiguration, logger: Logger) throws(BackendFailure) {
        let connection = try DatabaseFile.open(configuration, logger: logger)
        self.connection = connection
        self.logger = logger
        worker = Worker(
            name: "sqlite",
            capacity: configuration.queueCapacity,
            batchLimit: configuration.batchLimit
        ) {
            BatchRunner(connection: connection, logger: logger)
        }
    }

    /// Finishes what is queued, refuses the rest, and closes the file. Blocks; idempotent.
    public func shutDown() {
        worker.shutDown()
        do {
            try connection.close()
        } catch {
            // Nothing is lost: what is in the write-ahead log is found by whoever opens the file next.
            logger.warning("\(SQLiteFailure.describe(error, while: "closing the file"))")
        }
    }

    /// Runs `body` in a transaction that may share its snapshot with other readers, and its time with no writer.
    func read<Value: Sendable>(
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await perform(.reading, deadline, body)
    }

    /// Runs `body` in a transaction that is durable when this returns. It may run twice: when others of its batch fail, all
    /// is rolled back and each runs again alone.
    func write<Value: Sendable>(
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await perform(.writing, deadline, body)
    }

    /// Queues a change that nobody waits for; `purpose` tells the log what was not done.
    func writeLater(
        _ purpose: String,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Void
    ) {
        let logger = logger
        submit(
            StoreJob(
                access: .writing,
                deadline: nil,
                run: { transaction throws(BackendFailure) in
                    try body(transaction)
                    return {}
                },
                refuse: { logger.warning("\(purpose) was not done: \($0)") }
            )
        )
    }

    private func perform<Value: Sendable>(
        _ access: StoreJob.Access,
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await Completion<Value, BackendFailure>.wait { completion in
            submit(
                StoreJob(
                    access: access,
                    deadline: deadline,
                    run: { transaction throws(BackendFailure) in
                        let value = try body(transaction)
                        return { completion.succeed(value) }
                    },
                    refuse: { completion.fail($0) }
                )
            )
        }
    }

    private func submit(_ job: StoreJob) {
        do {
            try worker.submit(job)
        } catch {
            switch error {
            case .full: job.refuse(BackendFailure(.sqlite, .overloaded, reason: "too many calls wait for the database"))
            case .closed: job.refuse(BackendFailure(.sqlite, .shuttingDown, reason: "the database is closed"))
            }
        }
    }
}
