// Deleting what nobody waits for, a bounded number of rows at a time.

internal import Signup

extension Transaction {
    func purge(_ retention: Retention, now: Timestamp) throws(BackendFailure) -> Int {
        var count = try purgeMail(.sent, before: now - retention.sentMail, limit: retention.batchSize)
        count += try purgeMail(.dead, before: now - retention.deadMail, limit: retention.batchSize)
        count += try purgeSignups(before: now - retention.unverifiedSignups, now: now, limit: retention.batchSize)
        count += try forgetIdempotencyKeys(before: now - retention.idempotencyKeys, limit: retention.batchSize)
        count += try purgeSilentResends(before: now - retention.idempotencyKeys, limit: retention.batchSize)
        count += try purgeLimits(now: now, limit: retention.batchSize)
        return count
    }

    /// Rows end no earlier than they began, so the index by state and creation finds every one that is old enough.
    private func purgeMail(
        _ state: OutboxState,
        before end: Timestamp,
        limit: Int
    ) throws(BackendFailure) -> Int {
        try change(
            """
            DELETE FROM outbox WHERE id IN (
                SELECT id FROM outbox WHERE state = ?1 AND created_at <= ?2 AND coalesce(sent_at, created_at) <= ?2
                ORDER BY created_at LIMIT ?3)
            """,
            [state.rawValue, end, limit]
        )
    }

    /// Signups that no live code can verify, and whose mail nobody can send any more. Verified ones too: by then everything they say
    /// is their member's, and a second copy of a password hash is one too many. Their sent mail goes along.
    private func purgeSignups(
        before end: Timestamp,
        now: Timestamp,
        limit: Int
    ) throws(BackendFailure) -> Int {
        try change(
            """
            DELETE FROM signups WHERE id IN (
                SELECT id FROM signups WHERE created_at <= ?
                AND (expires_at IS NULL OR expires_at <= ?)
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND outbox.state <> 'sent')
                ORDER BY created_at LIMIT ?)
            """,
            [end, now, limit]
        )
    }

    private func forgetIdempotencyKeys(before end: Timestamp, limit: Int) throws(BackendFailure) -> Int {
        var count = 0
        for table in ["signups", "outbox"] {
            count += try change(
                """
                UPDATE \(table) SET idempotency_key = NULL, fingerprint = NULL WHERE rowid IN (
                    SELECT rowid FROM \(table) WHERE idempotency_key IS NOT NULL AND created_at <= ?
                    ORDER BY created_at LIMIT ?)
                """,
                [end, limit]
            )
        }
        return count
    }

    private func purgeSilentResends(before end: Timestamp, limit: Int) throws(BackendFailure) -> Int {
        try change(
            """
            DELETE FROM silent_resends WHERE id IN (
                SELECT id FROM silent_resends WHERE created_at <= ? ORDER BY created_at LIMIT ?)
            """,
            [end, limit]
        )
    }

    /// Closed windows, codes long dead and charges no rule can count any more.
    private func purgeLimits(now: Timestamp, limit: Int) throws(BackendFailure) -> Int {
        let windows = try change(
            """
            DELETE FROM limits WHERE subject IN (
                SELECT subject FROM limits WHERE closes_at <= ? ORDER BY closes_at LIMIT ?)
            """,
            [now, limit]
        )
        let codes = try change(
            """
            DELETE FROM codes WHERE (signup_id, issue) IN (
                SELECT signup_id, issue FROM codes WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
            """,
            [(now - Bounds.codeRetention), limit]
        )
        let charges = try change(
            """
            DELETE FROM charges WHERE (kind, subject, charged_at) IN (
                SELECT kind, subject, charged_at FROM charges WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
            """,
            [now, limit]
        )
        return windows + codes + charges
    }
}
