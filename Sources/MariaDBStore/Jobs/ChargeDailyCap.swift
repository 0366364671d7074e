// Counts one mail against a subject's daily cap, inside the transaction that owes the mail.

import Signup

extension DailyCap {
    /// Counts, and tells how long to wait if that was one too many: then the caller rolls back.
    ///
    /// One statement, which locks the subject's row: two at once are counted one after the other.
    func charge(now: Timestamp, on connection: MariaDBConnection) throws(DatabaseError) -> Duration? {
        let counted = try count(now: now, on: connection)
        return counted.count > maximum ? counted.resetsAt.since(now) : nil
    }

    fileprivate func count(now: Timestamp, on connection: MariaDBConnection) throws(DatabaseError) -> DailyCount {
        let resetsAt = now + window
        let counts = try connection.query(
            Self.upsert,
            [.text(subject), .time(resetsAt), .time(now), .time(now), .time(resetsAt)]
        ) { row throws(DatabaseError) in DailyCount(count: try row.count(0), resetsAt: try row.time(1)) }
        guard let count = counts.first else { throw .malformed("a daily cap without a row") }
        return count
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

/// Counts one of something that is no mail. A COMMIT whose answer was lost may count twice: one guess fewer, never one more.
struct CountDaily: Operation {
    let cap: DailyCap
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> DailyCount {
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            .commit(try cap.count(now: now, on: attempt.connection))
        }
    }
}
