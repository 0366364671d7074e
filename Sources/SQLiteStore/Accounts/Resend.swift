// Owing a further code for a pending signup.

internal import Signup

extension Transaction {
    func resend(_ order: ResendOrder) throws(BackendFailure) -> ResendOutcome {
        if let key = order.idempotency?.key, let earlier = try recordedResend(key: key) { return .replayed(earlier) }
        // No code is of use to someone who became a member through another signup.
        let isPending = try exists(
            """
            SELECT 1 FROM signups WHERE id = ?1 AND state = 'pending'
            AND (?2 OR NOT EXISTS (SELECT 1 FROM members WHERE members.email = signups.email))
            """,
            [order.signupID, order.tellsMember ? 1 : 0]
        )
        guard isPending else { return .noPendingSignup }
        if let cap = order.dailyCap, let wait = try wait(for: cap, now: order.now) {
            return .dailyCapReached(retryAfter: wait)
        }
        guard let issue = try oweNextIssue(of: order.signupID, idempotency: order.idempotency, now: order.now) else {
            return .noPendingSignup
        }
        if let cap = order.dailyCap { try charge(cap, now: order.now) }
        return .owed(issue: issue)
    }

    /// What a resend changes, but for the mail: for an address that nobody waits at.
    func resendSilently(_ order: ResendOrder) throws(BackendFailure) -> ResendOutcome {
        if let key = order.idempotency?.key, let earlier = try recordedResend(key: key) { return .replayed(earlier) }
        if let cap = order.dailyCap, let wait = try wait(for: cap, now: order.now) {
            return .dailyCapReached(retryAfter: wait)
        }
        try change(
            """
            INSERT INTO silent_resends (id, created_at, idempotency_key, fingerprint) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [order.signupID, order.now, order.idempotency?.key, order.idempotency?.fingerprint]
        )
        if let cap = order.dailyCap { try charge(cap, now: order.now) }
        return .owed(issue: 1)
    }

    /// The resend recorded under an idempotency key.
    func recordedResend(key: [UInt8]) throws(BackendFailure) -> RecordedResend? {
        try first(
            """
            SELECT signup_id, issue, fingerprint FROM outbox WHERE idempotency_key = ?1
            UNION ALL SELECT id, 1, fingerprint FROM silent_resends WHERE idempotency_key = ?1
            """,
            [key]
        ) { row throws(BackendFailure) in
            RecordedResend(signupID: try row.signupID(0), issue: row.count(1), fingerprint: row.bytes(2))
        }
    }

    /// Queues the next code of a signup; where its address has become a member's, a word about that instead.
    ///
    /// - Returns: its number; `nil` if no pending signup has this id.
    func oweNextIssue(
        of signupID: SignupID,
        idempotency: Idempotency?,
        now: Timestamp
    ) throws(BackendFailure) -> Int? {
        let next = try first(
            """
            UPDATE signups SET last_issue = last_issue + 1, expires_at = NULL WHERE id = ? AND state = 'pending'
            RETURNING last_issue, recipient, locale, email IN (SELECT members.email FROM members)
            """,
            [signupID]
        ) { row in
            Issue(
                signupID: signupID,
                template: row.count(3) == 0 ? .verifyEmail : .accountExists,
                number: row.count(0),
                recipient: row.text(1),
                locale: row.optionalText(2),
                idempotency: idempotency
            )
        }
        guard let next else { return nil }
        try owe(next, now: now)
        return next.number
    }
}
