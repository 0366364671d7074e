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
        case .dead(let reply):
            try settleDead(lease, reply: reply) != nil
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

    /// The signup whose mail is given up; `nil` if the lease was lost.
    private func settleDead(_ lease: LeaseReference, reply: String) throws(BackendFailure) -> SignupID? {
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
        guard let signupID = try settleDead(lease, reply: reply) else { return false }
        // A signup that was verified meanwhile, by an earlier code, is owed nothing more.
        _ = try oweNextIssue(of: signupID, idempotency: nil, now: now)
        return true
    }
}
