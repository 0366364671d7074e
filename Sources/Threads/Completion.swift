// How a thread's result reaches the async caller that waits for it.

/// A one-shot handle to a waiting caller: resume it exactly once.
///
/// A value of its own, so that jobs can carry their caller without naming continuations, and so that a queue that refuses a
/// job answers through the same door as the thread that runs it.
public struct Completion<Value: Sendable, Failure: Error>: Sendable {
    private let continuation: CheckedContinuation<Result<Value, Failure>, Never>

    /// Suspends the caller until `start` or whoever it gave the completion to has resumed it.
    public static func wait(
        _ start: (Completion<Value, Failure>) -> Void
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { continuation in
            start(Completion(continuation: continuation))
        }
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
