// Ending an attempt, under the token of the newest claim.

internal import Signup

extension Transaction {
    /// A lease that ran out still counts until someone else claims the row: the mail may have left, and saying so is better
    /// than sending it again.
    func settle(
        _ lease: LeaseReference,
        as settlement: Settlement,
        now: Timestamp
    ) throws(BackendFailure) -> Bool {
        switch settlement {
        case .sent(let reply, let codeExpiresAt):
            try settleSent(lease, reply: reply, codeExpiresAt: codeExpiresAt, now: now)
        case .retry(let dueAt, let reply, let countsAttempt):
            try settleRetry(lease, dueAt: dueAt, reply: reply, countsAttempt: countsAttempt)
        case .dead(let reply, let earlierCodesLive):
            try settleDead(lease, reply: reply, earlierCodesLive: earlierCodesLive)
        case .reissued(let reply):
            try settleReissued(lease, reply: reply, now: now)
        }
    }

    private func settleSent(
        _ lease: LeaseReference,
        reply: String,
        codeExpiresAt: Timestamp,
        now: Timestamp
    ) throws(BackendFailure) -> Bool {
        let signupID = try first(
            """
            UPDATE outbox SET state = 'sent', sent_at = ?, last_reply = ?, lease_until = NULL, lease_token = NULL
            WHERE id = ? AND state = 'queued' AND lease_token = ?
            RETURNING signup_id
            """,
            [now, reply, lease.outboxID, lease.storedToken]
        ) { row throws(BackendFailure) in try row.signupID(0) }
        guard let signupID else { return false }
        // While a later code is still owed, the signup stays without an end. The + keeps SQLite from looking through all that is queued.
        try change(
            """
            UPDATE signups SET expires_at = max(coalesce(expires_at, 0), ?) WHERE id = ?
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND +outbox.state = 'queued')
            """,
            [codeExpiresAt, signupID]
        )
        return true
    }

    private func settleRetry(
        _ lease: LeaseReference,
        dueAt: Timestamp,
        reply: String,
        countsAttempt: Bool
    ) throws(BackendFailure) -> Bool {
        try change(
            """
            UPDATE outbox SET due_at = ?, last_reply = ?, attempts = attempts - ?, lease_until = NULL, lease_token = NULL
            WHERE id = ? AND state = 'queued' AND lease_token = ?
            """,
            [dueAt, reply, countsAttempt ? 0 : 1, lease.outboxID, lease.storedToken]
        ) == 1
    }

    private func settleDead(
        _ lease: LeaseReference,
        reply: String,
        earlierCodesLive: Duration
    ) throws(BackendFailure) -> Bool {
        guard let signupID = try markDead(lease, reply: reply) else { return false }
        try endWithLastCode(signupID, earlierCodesLive: earlierCodesLive)
        return true
    }

    /// A signup that is owed no more mail lives as long as the last code that left. Without an end and without owed mail, as one is
    /// left of which none did, it is not live.
    func endWithLastCode(_ signupID: SignupID, earlierCodesLive: Duration) throws(BackendFailure) {
        try change(
            """
            UPDATE signups SET expires_at =
                (SELECT max(sent_at) + ? FROM outbox WHERE outbox.signup_id = signups.id AND +outbox.state = 'sent')
            WHERE id = ? AND expires_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND +outbox.state = 'queued')
            """,
            [earlierCodesLive.wholeMilliseconds, signupID]
        )
    }

    /// The signup whose mail is given up; `nil` if the lease was lost.
    private func markDead(_ lease: LeaseReference, reply: String) throws(BackendFailure) -> SignupID? {
        try first(
            """
            UPDATE outbox SET state = 'dead', last_reply = ?, lease_until = NULL, lease_token = NULL
            WHERE id = ? AND state = 'queued' AND lease_token = ?
            RETURNING signup_id
            """,
            [reply, lease.outboxID, lease.storedToken]
        ) { row throws(BackendFailure) in try row.signupID(0) }
    }

    private func settleReissued(
        _ lease: LeaseReference,
        reply: String,
        now: Timestamp
    ) throws(BackendFailure) -> Bool {
        guard let signupID = try markDead(lease, reply: reply) else { return false }
        // A signup that was verified meanwhile, by an earlier code, is owed nothing more; nor is one whose address is a member's.
        let isMember = try first(
            "SELECT 1 FROM signups JOIN members ON members.email = signups.email WHERE signups.id = ?",
            [signupID]
        ) { _ in true }
        if isMember == nil { _ = try oweNextIssue(of: signupID, idempotency: nil, now: now) }
        return true
    }
}
