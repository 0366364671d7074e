// What an operator can set about the embedded store, and the bounds of everything in it.

/// Where the file is and how much may wait for it.
public struct SQLiteConfiguration: Sendable {
    /// The database file. Its directory must exist; the file is made with mode 0600.
    public var path: String
    /// How long a batch waits for another process that is writing, before its callers are told `unavailable`.
    public var busyTimeout: Duration
    /// How many calls may wait for each of the two threads. At 20,000 a second this is 0.4 s of them; a caller beyond that is
    /// better told `overloaded` at once.
    public var queueCapacity: Int
    /// How many calls share one transaction, and so one wait for the disk. More would gain little and delay the first.
    public var batchLimit: Int

    /// The defaults suit everyone who has no reason of their own.
    public init(
        path: String,
        busyTimeout: Duration = .seconds(5),
        queueCapacity: Int = 8_192,
        batchLimit: Int = 256
    ) {
        self.path = path
        self.busyTimeout = busyTimeout
        self.queueCapacity = queueCapacity
        self.batchLimit = batchLimit
    }
}

/// Bounds that no operator has a reason to change.
enum Bounds {
    /// Between two looks at a file that another process holds. Its lock is free for some 0.2 ms between two of its batches;
    /// SQLite's own waits of up to 100 ms would miss that for seconds.
    static let busyPollInterval: Duration = .milliseconds(1)
    /// The window of wrong guesses by e-mail alone.
    static let guessWindow: Duration = .seconds(86_400)
    /// A code's row outlives the code: mail is retried for up to 24 hours, and installing a code again must find its guesses.
    static let codeRetention: Duration = .seconds(86_400)
    /// The longest answer to an operator's question.
    static let listLimit = 1_000
    /// The write-ahead log is copied into the database once it has so many pages (64 MiB): rarer than SQLite's own 1,000,
    /// since a busy page is then copied once for many changes.
    static let checkpointPages = 16_000
    /// What each of the two connections may keep of the file in memory, in KiB. The system's own cache is behind it.
    static let cacheKibibytes = 32_768
    /// Less free disk than this is worth a word: the write-ahead log alone grows to 64 MiB and more.
    static let freeMebibytes: Int64 = 256
}
