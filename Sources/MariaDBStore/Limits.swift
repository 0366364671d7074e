// Every bound of this target that is not a setting, each with its reason.

enum Limits {
    /// A deadlock's victim, or a statement that waited for a lock, runs its transaction again so often: each time it meets
    /// fewer rivals, and a caller does not wait for a sixth.
    static let replays = 5
    /// The longest pause before a first replay; the n-th may pause n times that. Rivals come from many processes.
    static let replayPauseMilliseconds: ClosedRange<Int64> = 1...8
    /// Pauses before each try to find out what became of a COMMIT whose answer was lost. Short in sum: others queue behind.
    static let findOutPauses: [Duration] = [.zero, .milliseconds(200), .milliseconds(600)]

    /// How long new connections are not tried after a first failure; doubles with each further one up to the longest.
    static let breakerPause: Duration = .seconds(1)
    static let longestBreakerPause: Duration = .seconds(5)

    /// A connection that was idle longer is asked whether it lives before it carries a caller's work.
    static let trustedIdle: Duration = .seconds(10)
    /// How long that question may take.
    static let pingTimeoutSeconds = 1

    /// A row lock is held for milliseconds; who waits longer replays, so that one stuck transaction holds up no thread.
    static let lockWaitSeconds = 1
    /// A schema change holds its lock longer; a caller does not wait for it.
    static let metadataLockWaitSeconds = 2
    /// Our transactions never pause. One that does has lost its client, and its row locks must go before replays run out.
    static let idleTransactionSeconds = 5

    /// The longest list of ids one statement carries, and so the largest batch.
    static let listLength = 128
    /// What a mail server said is kept to so many characters.
    static let replyLength = 500

    /// How long one `migrate` waits for another.
    static let migrationLockSeconds = 60
    /// A schema change may rebuild a table of millions of rows.
    static let migrationStatementSeconds = 3600
}
