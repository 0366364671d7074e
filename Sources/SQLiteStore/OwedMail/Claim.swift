// Leasing what is due, and giving leases back.

internal import Signup

extension Transaction {
    func claim(
        limit: Int,
        mailsPerHour: Int,
        keyID: KeyID,
        lease: Duration,
        now: Timestamp
    ) throws(BackendFailure) -> [OwedMail] {
        var claimed: [OwedMail] = []
        let room = mailsPerHour > 0 ? min(limit, mailsPerHour - (try countLeaving(now: now))) : limit
        guard room > 0 else { return [] }
        for id in try dueIDs(limit: room, now: now) {
            if let mail = try take(id, keyID: keyID, until: now + lease) { claimed.append(mail) }
        }
        return claimed
    }

    /// Mails that left in the last hour, and those that may be leaving now. Claims write one after the other, so that two of them
    /// never count the same room.
    private func countLeaving(now: Timestamp) throws(BackendFailure) -> Int {
        try first(
            """
            SELECT (SELECT count(*) FROM outbox INDEXED BY outbox_sent WHERE state = 'sent' AND sent_at > ?)
                + (SELECT count(*) FROM outbox INDEXED BY outbox_leased WHERE state = 'queued' AND lease_until > ?)
            """,
            [(now - .seconds(3600)), now]
        ) { row in row.count(0) } ?? 0
    }

    /// Two indexes, one merged order: rows nobody leased, and rows whose lease ran out. They are named, for of its own accord
    /// SQLite takes the index by state, and each claim would read the whole queue.
    private func dueIDs(limit: Int, now: Timestamp) throws(BackendFailure) -> [Int64] {
        try all(
            """
            SELECT id FROM (
                SELECT id, due_at FROM (
                    SELECT id, due_at FROM outbox INDEXED BY outbox_due
                    WHERE state = 'queued' AND lease_until IS NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2)
                UNION ALL
                SELECT id, due_at FROM (
                    SELECT id, due_at FROM outbox INDEXED BY outbox_leased
                    WHERE state = 'queued' AND lease_until IS NOT NULL AND lease_until <= ?1 AND due_at <= ?1
                    ORDER BY due_at, id LIMIT ?2)
            ) ORDER BY due_at, id LIMIT ?2
            """,
            [now, limit]
        ) { row in row.integer(0) }
    }

    private func take(_ id: Int64, keyID: KeyID, until end: Timestamp) throws(BackendFailure) -> OwedMail? {
        // The system's generator is the kernel's: no other process can draw the same token.
        let lease = LeaseReference(outboxID: id, token: .random(in: 1...UInt64.max))
        return try first(
            """
            UPDATE outbox SET lease_until = ?, lease_token = ?, attempts = attempts + 1, key_id = coalesce(key_id, ?)
            WHERE id = ?
            RETURNING signup_id, template, issue, recipient, locale, key_id, attempts, created_at
            """,
            [end, lease.storedToken, keyID.text, id]
        ) { row throws(BackendFailure) in
            OwedMail(
                lease: lease,
                signupID: try row.signupID(0),
                template: try row.template(1),
                issue: row.count(2),
                recipient: row.text(3),
                locale: row.optionalText(4),
                keyID: row.optionalText(5).flatMap { KeyID($0) } ?? keyID,
                attempts: row.count(6),
                createdAt: row.time(7)
            )
        }
    }

    func holds(_ lease: LeaseReference, beyond now: Timestamp) throws(BackendFailure) -> Bool {
        try exists(
            "SELECT 1 FROM outbox WHERE id = ? AND state = 'queued' AND lease_token = ? AND lease_until > ?",
            [lease.outboxID, lease.storedToken, now]
        )
    }

    func release(_ lease: LeaseReference) throws(BackendFailure) {
        try change(
            """
            UPDATE outbox SET lease_until = NULL, lease_token = NULL, attempts = attempts - 1
            WHERE id = ? AND state = 'queued' AND lease_token = ?
            """,
            [lease.outboxID, lease.storedToken]
        )
    }
}

extension LeaseReference {
    /// SQLite's integers are signed; only equality matters.
    var storedToken: Int64 { Int64(bitPattern: token) }
}
