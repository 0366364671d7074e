// How far ahead of its connections a courier claims, as a value: no clock, no sleep.

/// Counts what leaves, in spans of time.
///
/// A row takes longer to claim and to make ready than to send: were no more claimed than the connections can begin at once,
/// they would stand idle most of the time. So it is claimed ahead, by as much as they sent within one span. A transport that
/// sends little in a span gets little ahead, and one that sends nothing gets nothing: there a row waits in the outbox, where
/// another courier finds it.
struct CourierPace {
    /// Many times what a claim and its codes take; nobody notices that a mail waited so long.
    static let span: Duration = .milliseconds(100)

    private var spanBegan: ContinuousClock.Instant
    private var sentInSpan = 0
    private var sentInLastSpan = 0

    init(now: ContinuousClock.Instant) {
        spanBegan = now
    }

    /// A mail left.
    mutating func sent(now: ContinuousClock.Instant) {
        turn(now)
        sentInSpan += 1
    }

    /// How many rows may be made ready while all connections are busy.
    mutating func ahead(now: ContinuousClock.Instant) -> Int {
        turn(now)
        return min(max(sentInSpan, sentInLastSpan), CourierPolicy.mostAhead)
    }

    private mutating func turn(_ now: ContinuousClock.Instant) {
        let elapsed = now - spanBegan
        guard elapsed >= Self.span else { return }
        sentInLastSpan = elapsed < Self.span * 2 ? sentInSpan : 0
        sentInSpan = 0
        spanBegan = now
    }
}
