// What operators and the courier's clock ask of the outbox.

internal import Signup

extension Transaction {
    func nextDue() throws(BackendFailure) -> Timestamp? {
        try first(
            """
            SELECT min(at) FROM (
                SELECT min(due_at) AS at FROM outbox INDEXED BY outbox_due
                WHERE state = 'queued' AND lease_until IS NULL
                UNION ALL
                SELECT min(max(due_at, lease_until)) FROM outbox INDEXED BY outbox_leased
                WHERE state = 'queued' AND lease_until IS NOT NULL)
            """
        ) { row in row.optionalTime(0) } ?? nil
    }

    /// Leased rows count: their mail has not left yet.
    func countDue(of signups: [SignupID], now: Timestamp) throws(BackendFailure) -> Int {
        var count = 0
        for id in signups {
            count +=
                try first(
                    "SELECT count(*) FROM outbox WHERE signup_id = ? AND +state = 'queued' AND due_at <= ?",
                    [id, now]
                ) { row in row.count(0) } ?? 0
        }
        return count
    }

    func backlog() throws(BackendFailure) -> OutboxBacklog {
        let backlog = try first(
            """
            SELECT (SELECT count(*) FROM outbox WHERE state = 'queued'),
                (SELECT count(*) FROM outbox WHERE state = 'dead'),
                (SELECT min(created_at) FROM outbox WHERE state = 'queued')
            """
        ) { row in
            OutboxBacklog(queued: row.count(0), dead: row.count(1), oldestQueuedAt: row.optionalTime(2))
        }
        guard let backlog else { throw SQLiteFailure.damaged("an outbox that cannot be counted") }
        return backlog
    }

    func list(
        state: OutboxState?,
        behind position: OutboxEntry.Position?,
        limit: Int
    ) throws(BackendFailure) -> [OutboxEntry] {
        // Which states are asked for decides the statement, so that each can use the index by state.
        let condition = state == nil ? "state IN ('queued', 'dead')" : "state = ?4"
        let bounded = min(max(limit, 1), Bounds.listLimit)
        return try all(
            """
            SELECT id, signup_id, template, issue, recipient, state, attempts, due_at, last_reply, created_at, sent_at
            FROM outbox WHERE \(condition) AND (created_at, id) > (?2, ?3) ORDER BY created_at, id LIMIT ?1
            """,
            // Ids are positive: without a position every row is behind it.
            [bounded, position?.createdAt ?? Timestamp(millisecondsSince1970: 0), position?.id ?? 0]
                + (state.map { [$0.rawValue] } ?? []),
            decode: entry
        )
    }

    private func entry(_ row: Columns) throws(BackendFailure) -> OutboxEntry {
        OutboxEntry(
            id: row.integer(0),
            signupID: try row.signupID(1),
            template: try row.template(2),
            issue: row.count(3),
            recipient: row.text(4),
            state: try row.outboxState(5),
            attempts: row.count(6),
            dueAt: row.time(7),
            lastReply: row.optionalText(8),
            createdAt: row.time(9),
            sentAt: row.optionalTime(10)
        )
    }

    /// A row that a courier may be sending right now is left to it, and nobody who is a member by now is mailed a code.
    func retry(ids: [Int64], now: Timestamp) throws(BackendFailure) -> [Int64] {
        let queued = try changed(
            """
            UPDATE outbox SET due_at = ?2, attempts = CASE state WHEN 'dead' THEN 0 ELSE attempts END, state = 'queued'
            WHERE id = ?1 AND state IN ('queued', 'dead') AND (lease_until IS NULL OR lease_until <= ?2)
                AND EXISTS (SELECT 1 FROM signups WHERE signups.id = signup_id AND signups.state = 'pending')
            """,
            ids: ids,
            now
        )
        // Mail is owed again: the signup is live until it is sent.
        _ = try changed(
            "UPDATE signups SET expires_at = NULL WHERE id = (SELECT signup_id FROM outbox WHERE outbox.id = ?1)",
            ids: queued
        )
        return queued
    }

    func drop(ids: [Int64], earlierCodesLive: Duration) throws(BackendFailure) -> [Int64] {
        var dropped: [Int64] = []
        for id in ids {
            let signupID = try first(
                "DELETE FROM outbox WHERE id = ? AND state IN ('queued', 'dead') RETURNING signup_id",
                [id]
            ) { row throws(BackendFailure) in try row.signupID(0) }
            guard let signupID else { continue }
            dropped.append(id)
            try endWithLastCode(signupID, earlierCodesLive: earlierCodesLive)
        }
        return dropped
    }

    /// Runs a statement for each id, its first argument, and returns those of which a row was changed.
    private func changed(
        _ sql: String,
        ids: [Int64],
        _ further: any Storable...
    ) throws(BackendFailure) -> [Int64] {
        var changed: [Int64] = []
        for id in ids where try change(sql, [id] + further) == 1 { changed.append(id) }
        return changed
    }
}
