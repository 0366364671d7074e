// Members, signups and owed mail in MariaDB: the threads that own its connections, and the way to them.

public import Logging
import Signup
import Threads

/// The account store and outbox over MariaDB 10.6 or later.
///
/// Activations and the courier's settlements have threads of their own, since each kind shares
/// transactions; everything else goes one by one over the general threads. The schema is `migrate`'s business: a store
/// over an old or missing one fails every call.
public final class MariaDBStore: Sendable {
    let general: Worker<GeneralJob>
    let activations: Worker<SharedJob<Activation>>
    let settlements: Worker<SharedJob<LeaseSettlement>>
    let claimPosition = ClaimPosition()

    /// Why the client library cannot be opened; `nil` once it is open.
    public static var libraryProblem: String? { ConnectionOptions.libraryProblem }

    /// Starts the threads. They connect with their first job, so that a server that is away delays nobody's start.
    public init(_ configuration: MariaDBConfiguration, logger: Logger) {
        let breaker = SharedBreaker()
        let makeSession: @Sendable (_ isTransactionsOnly: Bool) -> Session = { isTransactionsOnly in
            Session(configuration, isTransactionsOnly: isTransactionsOnly, breaker: breaker, logger: logger)
        }
        general = Worker(
            name: "mariadb",
            threadCount: configuration.generalConnections,
            capacity: configuration.queueCapacity,
            // These share nothing; a thread that took two would keep the second from an idle one.
            batchLimit: 1
        ) { GeneralProcessor(session: makeSession(false)) }
        activations = Worker(
            name: "mariadb-act",
            threadCount: configuration.activationConnections,
            capacity: configuration.queueCapacity,
            batchLimit: min(configuration.activationBatchLimit, Limits.listLength)
        ) { SharedProcessor<Activation>(session: makeSession(true)) }
        settlements = Worker(
            name: "mariadb-mail",
            threadCount: configuration.courierConnections,
            capacity: configuration.queueCapacity,
            batchLimit: Limits.listLength
        ) { SharedProcessor<LeaseSettlement>(session: makeSession(true)) }
    }

    /// Refuses further calls, finishes those under way, and blocks until the connections are closed. Idempotent.
    public func shutDown() {
        general.shutDown()
        activations.shutDown()
        settlements.shutDown()
    }

    /// Runs an operation on a general thread.
    func perform<Value: Sendable>(
        _ operation: some Operation<Value>,
        _ deadline: Deadline
    ) async throws(BackendFailure) -> Value {
        try await Completion<Value, BackendFailure>.wait { completion in
            let job = GeneralJob(operation, deadline: deadline, completion: completion)
            do throws(QueueRefusal) { try general.submit(job) } catch { completion.fail(BackendFailure(error)) }
        }
    }

    /// Runs work together with whatever else of its kind is queued.
    func share<Work: SharedWork>(
        _ work: Work,
        _ deadline: Deadline,
        on worker: Worker<SharedJob<Work>>
    ) async throws(BackendFailure) -> Work.Value {
        try await Completion<Work.Value, BackendFailure>.wait { completion in
            submit(work, deadline, completion, to: worker)
        }
    }

    /// The same for many: one wait for all of them, each with its own result.
    func share<Work: SharedWork>(
        _ work: [Work],
        _ deadline: Deadline,
        on worker: Worker<SharedJob<Work>>
    ) async -> [Result<Work.Value, BackendFailure>] {
        await Completion.waitForAll(work.count) { completions in
            WakeUps.gathered {
                for (work, completion) in zip(work, completions) { submit(work, deadline, completion, to: worker) }
            }
        }
    }

    private func submit<Work: SharedWork>(
        _ work: Work,
        _ deadline: Deadline,
        _ completion: Completion<Work.Value, BackendFailure>,
        to worker: Worker<SharedJob<Work>>
    ) {
        let job = SharedJob(work: work, deadline: deadline, completion: completion)
        do throws(QueueRefusal) { try worker.submit(job) } catch { completion.fail(BackendFailure(error)) }
    }
}
