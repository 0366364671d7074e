// What SIGTERM and SIGINT do to a pipe: the first asks for the end, the second insists.

import Foundation
import Synchronization
import UnixSignals

/// Watches the signals from the first line to the last mail.
final class PipeStop: Sendable {
    /// Yields once, when the end is asked for.
    let requests: AsyncStream<Void>

    private let signals: UnixSignalsSequence
    private let continuation: AsyncStream<Void>.Continuation
    private let asked = Atomic(false)

    init(signals: UnixSignalsSequence) {
        self.signals = signals
        (requests, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether somebody has asked.
    var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// Returns when it is cancelled.
    func watch() async {
        for await signal in signals {
            // Whoever asks twice does not want to wait for what is in flight.
            if asked.exchange(true, ordering: .relaxed) { _exit(128 + signal.rawValue) }
            continuation.yield()
        }
    }
}
