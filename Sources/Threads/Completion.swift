// How a thread's result reaches the async caller that waits for it.

/// A one-shot handle to a waiting caller: resume it exactly once.
///
/// A value of its own, so that jobs can carry their caller without naming continuations, and so that a queue that refuses a
/// job answers through the same door as the thread that runs it.
public struct Completion<Value: Sendable, Failure: Error>: Sendable {
    // Checked where the tests run. The check costs an allocation and a lookup of types for every job, and a program whose
    // jobs are completed exactly once under test is not made safer by it.
    #if DEBUG
        private typealias Continuation = CheckedContinuation<Result<Value, Failure>, Never>
    #else
        private typealias Continuation = UnsafeContinuation<Result<Value, Failure>, Never>
    #endif

    private let continuation: Continuation

    /// Suspends the caller until `start` or whoever it gave the completion to has resumed it.
    public static func wait(
        _ start: (Completion<Value, Failure>) -> Void
    ) async throws(Failure) -> Value {
        #if DEBUG
            let result = await withCheckedContinuation { start(Completion(continuation: $0)) }
        #else
            let result = await withUnsafeContinuation { start(Completion(continuation: $0)) }
        #endif
        return try result.get()
    }

    /// Hands the caller its value.
    public func succeed(_ value: Value) {
        continuation.resume(returning: .success(value))
    }

    /// Hands the caller a failure.
    public func fail(_ failure: Failure) {
        continuation.resume(returning: .failure(failure))
    }

    /// Hands the caller either.
    public func finish(_ result: Result<Value, Failure>) {
        continuation.resume(returning: result)
    }
}
