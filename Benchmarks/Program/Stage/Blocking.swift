// What blocks, run on a thread of its own and awaited.

import Foundation

/// Runs `body` on a new thread. The pool's few threads are for what does not block.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}
