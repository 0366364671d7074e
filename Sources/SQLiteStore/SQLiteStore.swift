// The embedded store: members, signups, owed mail, codes and limits in one SQLite file.
//
// Two threads own a connection each: all writing goes through one, as SQLite wants it, and reading through the other, which
// waits neither for the disk nor for another process. Whatever calls queued while a thread was busy share its next
// transaction, so that one wait for the disk serves them all; a caller hears of its change only after that is durable.

public import Logging
public import Signup
internal import Threads

/// Everything signupd keeps, in one file. Several processes may have it open.
public final class SQLiteStore: Sendable {
    private let writer: ConnectionThread
    private let reader: ConnectionThread
    private let logger: Logger

    /// Opens the file, making it where there is none, and brings its schema up to date.
    public init(_ configuration: SQLiteConfiguration, logger: Logger) throws(BackendFailure) {
        self.logger = logger
        let writing = try DatabaseFile.openForWriting(configuration, logger: logger)
        let reading = try DatabaseFile.openForReading(configuration)
        writer = ConnectionThread(for: .writing, writing, configuration, logger: logger)
        reader = ConnectionThread(for: .reading, reading, configuration, logger: logger)
    }

    /// Finishes what is queued, refuses the rest, and closes the file. Blocks; idempotent.
    public func shutDown() {
        reader.shutDown()
        // Last: whoever closes last tidies the write-ahead log away.
        writer.shutDown()
    }

    /// Runs `body` on the state of one moment. It can not write.
    func read<Value: Sendable>(
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await perform(on: reader, deadline, body)
    }

    /// Runs `body` in a transaction that is durable when this returns. It may run twice: when others of its batch fail, all
    /// is rolled back and each runs again alone.
    func write<Value: Sendable>(
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await perform(on: writer, deadline, body)
    }

    /// Queues a change that nobody waits for; `purpose` tells the log what was not done.
    func writeLater(
        _ purpose: String,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Void
    ) {
        writer.submit(
            StoreJob(
                deadline: nil,
                run: { transaction throws(BackendFailure) in
                    try body(transaction)
                    return {}
                },
                refuse: { [logger] failure in logger.warning("\(purpose) was not done: \(failure)") }
            )
        )
    }

    private func perform<Value: Sendable>(
        on thread: ConnectionThread,
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Transaction) throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await Completion<Value, BackendFailure>.wait { completion in
            thread.submit(
                StoreJob(
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
}
