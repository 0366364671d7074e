// One call of a port, as a thread with a session runs it.

import Signup
import Threads

/// What a call does, and all it needs for it.
protocol Operation<Value>: Sendable {
    associatedtype Value: Sendable

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Value
}

/// An operation with its waiting caller, its types erased.
struct GeneralJob: Sendable {
    let run: @Sendable (Session) -> Void

    init<Value>(
        _ operation: some Operation<Value>,
        deadline: Deadline,
        completion: Completion<Value, BackendFailure>
    ) {
        run = { session in
            completion.finish(
                Result { () throws(BackendFailure) -> Value in
                    guard ContinuousClock.now < deadline else { throw .deadlinePassed }
                    return try operation.run(in: session, deadline: deadline)
                }
            )
        }
    }
}

/// Runs operations one by one, each in transactions of its own.
struct GeneralProcessor: BatchProcessor {
    let session: Session

    func process(_ batch: [GeneralJob]) {
        for job in batch { job.run(session) }
    }
}

extension BackendFailure {
    static let deadlinePassed = BackendFailure(
        .mariadb,
        .deadlineExceeded,
        reason: "the deadline passed before the job began"
    )

    init(_ refusal: QueueRefusal) {
        switch refusal {
        case .full: self.init(.mariadb, .overloaded, reason: "too many calls wait for a connection")
        case .closed: self.init(.mariadb, .shuttingDown, reason: "the store is shutting down")
        }
    }
}
