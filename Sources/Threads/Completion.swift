// How a thread's result reaches the async caller that waits for it.

import Synchronization

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

    /// Who waits: for this alone, or for several.
    private enum Waiter {
        case one(Continuation)
        case group(CompletionGroup<Value, Failure>, place: Int)
    }

    private let waiter: Waiter

    /// Suspends the caller until `start` or whoever it gave the completion to has resumed it.
    public static func wait(
        _ start: (Completion<Value, Failure>) -> Void
    ) async throws(Failure) -> Value {
        #if DEBUG
            let result = await withCheckedContinuation { start(Completion(waiter: .one($0))) }
        #else
            let result = await withUnsafeContinuation { start(Completion(waiter: .one($0))) }
        #endif
        return try result.get()
    }

    /// Suspends the caller until `start` or whoever it gave the completions to has resumed all of them: one wait, and one
    /// wake-up, for all.
    ///
    /// - Returns: the results, in the completions' order.
    public static func waitForAll(
        _ count: Int,
        _ start: ([Completion<Value, Failure>]) -> Void
    ) async -> [Result<Value, Failure>] {
        guard count > 0 else { return [] }
        let group = CompletionGroup<Value, Failure>(count)
        // The caller waits for nobody's value, but for the last one to have come.
        _ = await Completion<Void, Never>.wait { last in
            group.begin(last)
            start((0..<count).map { Completion(waiter: .group(group, place: $0)) })
        }
        return group.results
    }

    /// Hands the caller its value.
    public func succeed(_ value: Value) {
        finish(.success(value))
    }

    /// Hands the caller its value, and lets it go on in this thread until it waits again, if its executor takes the ``Offer``.
    /// For a caller that does next to nothing until then: whoever else waits for this thread waits for it too.
    public func succeedHere(_ value: Value) {
        Offer.made { succeed(value) }
    }

    /// Hands the caller a failure.
    public func fail(_ failure: Failure) {
        finish(.failure(failure))
    }

    /// Hands the caller either.
    public func finish(_ result: Result<Value, Failure>) {
        switch waiter {
        case .one(let continuation): continuation.resume(returning: result)
        case .group(let group, let place): group.finish(place, result)
        }
    }
}

/// The results of several jobs, until the last one is there.
final class CompletionGroup<Value: Sendable, Failure: Error>: Sendable {
    private struct State {
        var results: [Result<Value, Failure>?]
        var missingCount: Int
        var last: Completion<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(results: Array(repeating: nil, count: count), missingCount: count))
    }

    func begin(_ last: Completion<Void, Never>) {
        state.withLock { $0.last = last }
    }

    func finish(_ place: Int, _ result: Result<Value, Failure>) {
        let last: Completion<Void, Never>? = state.withLock { state in
            precondition(state.results[place] == nil, "a job was completed twice")
            state.results[place] = result
            state.missingCount -= 1
            return state.missingCount == 0 ? state.last.take() : nil
        }
        last?.succeed(())
    }

    var results: [Result<Value, Failure>] {
        state.withLock { $0.results.compactMap(\.self) }
    }
}
