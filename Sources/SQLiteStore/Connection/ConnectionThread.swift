// A connection, the one thread that uses it, and the queue in front.

internal import GRDB
internal import Logging
internal import Signup
internal import Threads

struct ConnectionThread: Sendable {
    /// What a connection is for. Its raw value is the thread's name.
    enum Access: String, Sendable {
        case writing = "sqlite-write"
        case reading = "sqlite-read"

        /// A writer takes the lock before it looks: what it decides upon cannot change under it.
        fileprivate var transactionKind: Database.TransactionKind { self == .writing ? .immediate : .deferred }
    }

    private let connection: DatabaseQueue
    private let worker: Worker<StoreJob>
    private let logger: Logger

    init(
        for access: Access,
        _ connection: DatabaseQueue,
        _ configuration: SQLiteConfiguration,
        logger: Logger
    ) {
        self.connection = connection
        self.logger = logger
        worker = Worker(
            name: access.rawValue,
            capacity: configuration.queueCapacity,
            batchLimit: configuration.batchLimit
        ) {
            BatchRunner(connection: connection, kind: access.transactionKind, logger: logger)
        }
    }

    /// Queues the job, or refuses it at once.
    func submit(_ job: StoreJob) {
        do {
            try worker.submit(job)
        } catch {
            switch error {
            case .full: job.refuse(BackendFailure(.sqlite, .overloaded, reason: "too many calls wait for the database"))
            case .closed: job.refuse(BackendFailure(.sqlite, .shuttingDown, reason: "the database is closed"))
            }
        }
    }

    /// Finishes what is queued and closes the connection. Blocks; idempotent.
    func shutDown() {
        worker.shutDown()
        do {
            try connection.close()
        } catch {
            // Nothing is lost: what is in the write-ahead log is found by whoever opens the file next.
            logger.warning("\(SQLiteFailure.describe(error, while: "closing the file"))")
        }
    }
}
