// Where a caller goes on once its answer is there: usually where its executor runs, which may have to be woken for it.

/// A worker's offer that whoever waited for an answer may go on here and now, on the worker's own thread.
///
/// For callers that only pass the answer on to the next worker: waking their executor in between would cost more than that. It is
/// taken by executors that ask for it, see ``takeThisThreads()``; with any other the caller goes on there, as always. Once it waits
/// again it is its executor's again.
public enum Offer {
    /// Makes the offer for the one caller that `body` resumes.
    static func made(_ body: () -> Void) {
        let state = ThreadState.ofThisThread()
        state.offersItself = true
        defer { state.offersItself = false }
        body()
    }

    /// Whether the calling thread offers itself. It does so for one caller only: whoever that one resumes goes its own way.
    public static func takeThisThreads() -> Bool {
        guard let state = ThreadState.ofThisThreadIfAny, state.offersItself else { return false }
        state.offersItself = false
        return true
    }
}
