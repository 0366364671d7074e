// One call to the store, as it waits for the thread that owns a connection.

internal import Signup

/// What to do in a transaction, and whom to tell.
struct StoreJob: Sendable {
    /// Not begun after this; `nil` for what nobody waits for.
    let deadline: Deadline?
    /// Does the work and returns how to tell its caller, to be called once the transaction is committed.
    let run: @Sendable (Transaction) throws(BackendFailure) -> () -> Void
    /// Tells the caller that nothing was changed, or (`outcomeUnknown`) that nobody knows.
    let refuse: @Sendable (BackendFailure) -> Void
}
