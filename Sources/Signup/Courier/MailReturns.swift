// Mails on their way back from the transport: gathered, so that those that ended meanwhile are written down together.

import Synchronization

/// A row whose way has ended, before that is written down.
struct MailReturn: Sendable {
    let mail: OwedMail
    let ending: Courier.Ending
    /// The transport works, whatever it said to this row.
    let wasAnswered: Bool
}

/// The rows of one claim as they come back, in any order. One task takes them.
final class MailReturns: Sendable {
    private struct State {
        var returned: [MailReturn] = []
        /// How many are still to come.
        var missingCount: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(expected count: Int) {
        state = Mutex(State(missingCount: count))
    }

    /// A row has come back. Wakes whoever waits: for the first one only, and it finds those that came behind.
    func add(_ mail: MailReturn) {
        let waiter = state.withLock { state in
            state.returned.append(mail)
            state.missingCount -= 1
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// All that came back since the last call, at least one, once more have had `time` to come; `nil` if there is none to come.
    ///
    /// Deaf to cancellation: every send ends, and what became of it must be written down.
    func next(gathering time: Duration) async -> [MailReturn]? {
        await first()
        // Cut short by cancellation: then there is nothing to wait for.
        if state.withLock({ $0.missingCount > 0 }) { try? await Task.sleep(for: time) }
        return state.withLock { state in
            defer { state.returned = [] }
            return state.returned.isEmpty ? nil : state.returned
        }
    }

    /// Waits until one is there, or none is to come.
    private func first() async {
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if !state.returned.isEmpty || state.missingCount == 0 { return true }
                state.waiter = continuation
                return false
            }
            if mayGoOn { continuation.resume() }
        }
    }
}
