// The daily caps on mail to an address: a window opens with its first mail and counts until it closes.

internal import Signup

extension Transaction {
    /// How long until the cap lets one more mail through; `nil` if it would now.
    func wait(for cap: DailyCap, now: Timestamp) throws(BackendFailure) -> Duration? {
        try first(
            "SELECT closes_at FROM limits WHERE subject = ? AND closes_at > ? AND mails >= ?",
            [cap.subject, now, cap.maximum]
        ) { row in row.time(0).since(now) }
    }

    /// Counts one mail, in a new window if the last one has closed.
    func charge(_ cap: DailyCap, now: Timestamp) throws(BackendFailure) {
        try change(
            """
            INSERT INTO limits (subject, mails, closes_at) VALUES (?1, 1, ?2)
            ON CONFLICT (subject) DO UPDATE SET
                mails = CASE WHEN closes_at > ?3 THEN mails + 1 ELSE 1 END,
                closes_at = CASE WHEN closes_at > ?3 THEN closes_at ELSE excluded.closes_at END
            """,
            [cap.subject, (now + cap.window), now]
        )
    }

    /// Counts one, and tells how many there are.
    func count(_ cap: DailyCap, now: Timestamp) throws(BackendFailure) -> DailyCount {
        try charge(cap, now: now)
        let counted = try first("SELECT mails, closes_at FROM limits WHERE subject = ?", [cap.subject]) { row in
            DailyCount(count: row.count(0), resetsAt: row.time(1))
        }
        guard let counted else { throw SQLiteFailure.damaged("a daily cap without a row") }
        return counted
    }
}
