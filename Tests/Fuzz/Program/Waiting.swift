// libFuzzer calls a plain function and wants it done when it returns; the program is asynchronous.

import Foundation
import Synchronization

/// Runs `body` to its end on another thread, and waits for it: the caller owns the task for all of its life.
func wait<Value: Sendable>(for body: @escaping @Sendable () async -> Value) -> Value {
    let result = Result<Value>()
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
        let value = await body()
        result.value.withLock { $0 = value }
        isDone.signal()
    }
    isDone.wait()
    guard let value = result.value.withLock({ $0 }) else { fatalError("done without a value") }
    return value
}

private final class Result<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
