// Owing a further code for a pending signup.

internal import Signup

extension Transaction {
    func resend(_ order: ResendOrder) throws(BackendFailure) -> ResendOutcome {
        if let key = order.idempotency?.key, let earlier = try recordedResend(key: key) { return .replayed(earlier) }
        // No code is of use to someone who became a member through another signup.
        let isPending = try exists(
            """
            SELECT 1 FROM signups WHERE id = ? AND state = 'pending'
            AND NOT EXISTS (SELECT 1 FROM members WHERE members.email = signups.email)
            """,
            [order.signupID]
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

    /// The resend recorded under an idempotency key.
    func recordedResend(key: [UInt8]) throws(BackendFailure) -> RecordedResend? {
        try first(
            "SELECT signup_id, issue, fingerprint FROM outbox WHERE idempotency_key = ?",
            [key]
        ) { row throws(BackendFailure) in
            RecordedResend(signupID: try row.signupID(0), issue: row.count(1), fingerprint: row.bytes(2))
        }
    }

    /// Queues the next code of a signup.
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
            RETURNING last_issue, recipient, locale
            """,
            [signupID]
        ) { row in
            Issue(
                signupID: signupID,
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
