// Events on their way to the one task that handles them. It takes all that came while it was busy, and so answers them with one
// write, where a stream would hand it one after the other.

import Synchronization
import Threads

/// Many may put events in; one task takes them out.
final class Inbox<Event: Sendable>: Sendable {
    private struct State {
        var events: [Event] = []
        /// The task that waits for the next one.
        var reader: Completion<Void, Never>?
    }

    private let state = Mutex(State())

    func put(_ event: Event) {
        let reader = state.withLock { state in
            state.events.append(event)
            return state.reader.take()
        }
        reader?.succeed(())
    }

    /// All events since the last time, in the order they came; waits until there is one.
    func take() async -> [Event] {
        await Completion<Void, Never>.wait { reader in
            let isEmpty = state.withLock { state in
                if state.events.isEmpty { state.reader = reader }
                return state.events.isEmpty
            }
            if !isEmpty { reader.succeed(()) }
        }
        // Now, not when the reader was woken: others may have come since.
        return state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }
}
