// Whether a peer still takes its replies: a value that is shown the unsent and the unread, and remembers when they last moved.

/// Tells a slow reader from one that has stopped.
///
/// Linux frees a Unix socket's buffer a write at a time (up to 36 KiB), and says so only when three quarters are free, so a
/// finished write alone would take a reader of a few KiB a second for dead. How much the kernel still holds is asked instead.
struct StallClock {
    private let patience: Duration
    private var latestProgress: ContinuousClock.Instant
    private var unsentByteCount: Int
    private var unreadByteCount: UInt32?

    init(patience: Duration, unsentByteCount: Int, now: ContinuousClock.Instant) {
        self.patience = patience
        self.unsentByteCount = unsentByteCount
        latestProgress = now
    }

    /// How often to look: often enough that the end comes at most a tenth late.
    static func interval(patience: Duration) -> Duration { patience / 10 }

    /// - Parameters:
    ///   - unsentByteCount: what waits in this process.
    ///   - unreadByteCount: what waits in the kernel; `nil` if it does not say.
    /// - Returns: whether nothing has moved for the whole patience.
    mutating func hasStalled(
        unsentByteCount: Int,
        unreadByteCount: UInt32?,
        now: ContinuousClock.Instant
    ) -> Bool {
        if unsentByteCount != self.unsentByteCount || unreadByteCount != self.unreadByteCount { latestProgress = now }
        self.unsentByteCount = unsentByteCount
        self.unreadByteCount = unreadByteCount
        return now - latestProgress >= patience
    }
}
