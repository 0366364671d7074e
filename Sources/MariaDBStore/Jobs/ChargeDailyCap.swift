// Counts one mail against a subject's daily cap, inside the transaction that owes the mail.

import Signup

extension DailyCap {
    /// Counts, and tells how long to wait if that was one too many: then the caller rolls back.
    ///
    /// One statement, which locks the subject's row: two at once are counted one after the other.
    func charge(now: Timestamp, on connection: MariaDBConnection) throws(DatabaseError) -> Duration? {
        let resetsAt = now + window
        let counts = try connection.query(
            Self.upsert,
            [.text(subject), .time(resetsAt), .time(now), .time(now), .time(resetsAt)]
        ) { row throws(DatabaseError) in (mails: try row.count(0), resetsAt: try row.time(1)) }
        guard let count = counts.first else { throw .malformed("a daily cap without a row") }
        return count.mails > maximum ? count.resetsAt.since(now) : nil
    }

    /// The count is set before the time it depends on: MariaDB assigns from left to right.
    private static let upsert = Statement(
        """
        INSERT INTO limits (subject, mails, resets_at) VALUES (?, 1, ?)
        ON DUPLICATE KEY UPDATE
            mails = IF(resets_at <= ?, 1, mails + 1),
            resets_at = IF(resets_at <= ?, ?, resets_at)
        RETURNING mails, resets_at
        """
    )
}
