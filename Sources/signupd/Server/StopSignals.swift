// What SIGTERM and SIGINT do to a server: the first asks, the second insists, and both have ten seconds in all.

import Dispatch
import Foundation
import UnixSignals

/// Watches the signals that end a server.
struct StopSignals: Sendable {
    /// Requests that are not answered by then are cancelled; what heeds that still ends in order.
    static let gracePeriod: Duration = .seconds(9)
    /// Then the process ends, whatever still runs: a supervisor's patience is often ten seconds.
    private static let patience: DispatchTimeInterval = .milliseconds(9_700)

    private let signals: UnixSignalsSequence
    private let begin: @Sendable () async -> Void
    private let abandon: @Sendable () -> Void

    /// From here on the signals no longer kill the process: they wait until somebody watches. Taken before there is anything
    /// that a stop would have to clean up.
    static func trap() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sigterm, .sigint)
    }

    /// - Parameters:
    ///   - signals: what ``trap()`` has taken.
    ///   - begin: asks everything to stop; called once.
    ///   - abandon: leaves the machine clean, within a moment, before the process ends without having stopped.
    init(
        _ signals: UnixSignalsSequence,
        begin: @escaping @Sendable () async -> Void,
        abandon: @escaping @Sendable () -> Void
    ) {
        self.signals = signals
        self.begin = begin
        self.abandon = abandon
    }

    /// Returns when it is cancelled, or never.
    func watch() async {
        var isStopping = false
        for await signal in signals {
            if isStopping {
                abandon()
                // As a shell says of a process that a signal ended: this stop was no orderly one.
                _exit(128 + signal.rawValue)
            }
            isStopping = true
            // A thread of Dispatch's own: it comes even when a blocked call holds every thread of the tasks.
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) {
                abandon()
                _exit(ExitStatus.success.rawValue)
            }
            await begin()
        }
    }
}
