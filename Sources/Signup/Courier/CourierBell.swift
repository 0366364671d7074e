// How the service tells this process's courier that mail is owed, and how a pipe learns when its own mail has left.

import Synchronization

/// Rung by whoever owes mail or finishes a send; the courier sleeps on it.
public final class CourierBell: Sendable {
    private struct State {
        var isRung = false
        var isTimeUp = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Mails this process owes and has not settled, by signup; kept only when somebody will ask.
        var owed: [SignupID: Int] = [:]
    }

    private let state = Mutex(State())
    private let remembersOwed: Bool

    /// - Parameter remembersOwed: whether ``owed`` will be asked (a pipe, before it ends).
    public init(remembersOwed: Bool = false) {
        self.remembersOwed = remembersOwed
    }

    /// The signups of this process whose mail is not settled yet.
    public var owed: [SignupID] {
        state.withLock { Array($0.owed.keys) }
    }

    /// A mail is owed to this signup now.
    func ring(owedTo signupID: SignupID) {
        if remembersOwed { state.withLock { $0.owed[signupID, default: 0] += 1 } }
        ring()
    }

    /// A mail of this signup was sent or given up.
    func settled(_ signupID: SignupID) {
        guard remembersOwed else { return }
        state.withLock { state in
            guard let count = state.owed[signupID] else { return }
            state.owed[signupID] = count > 1 ? count - 1 : nil
        }
    }

    /// Wakes the courier, or keeps it from falling asleep.
    public func ring() {
        end { $0.isRung = true }
    }

    /// Sleeps until the bell rings, for `limit` at most, or until the task is cancelled. For one courier.
    func wait(atMost limit: Duration) async {
        state.withLock { $0.isTimeUp = Task.isCancelled }
        await withDiscardingTaskGroup { group in
            group.addTask {
                // Woken early by cancellation is as good as time being up: the courier looks again either way.
                try? await Task.sleep(for: limit)
                self.end { $0.isTimeUp = true }
            }
            await sleep()
            group.cancelAll()
        }
    }

    private func sleep() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                let isOver = state.isRung || state.isTimeUp
                if isOver {
                    state.isRung = false
                } else {
                    state.waiter = continuation
                }
                return isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// Resumes the waiter, or leaves a mark for the next one.
    private func end(_ mark: (inout State) -> Void) {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { mark(&state) }
            return waiter
        }
        waiter?.resume()
    }
}
