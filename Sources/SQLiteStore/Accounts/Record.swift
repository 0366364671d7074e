// Storing a signup with the mail it is owed.

internal import Signup

extension Transaction {
    func record(_ signup: NewSignup) throws(BackendFailure) -> RecordOutcome {
        if let cap = signup.dailyCap, let wait = try wait(for: cap, now: signup.createdAt) {
            // A request that was stored before is answered as before, whatever was charged since.
            return try earlierOutcome(of: signup) ?? .dailyCapReached(retryAfter: wait)
        }
        guard try insert(signup) else {
            guard let outcome = try earlierOutcome(of: signup) else {
                throw SQLiteFailure.damaged("a signup that can be neither stored nor found")
            }
            return outcome
        }
        try owe(
            Issue(
                signupID: signup.id,
                template: signup.template,
                number: 1,
                recipient: signup.email.typed,
                locale: signup.locale,
                idempotency: nil
            ),
            now: signup.createdAt
        )
        if let cap = signup.dailyCap { try charge(cap, now: signup.createdAt) }
        return .recorded
    }

    /// `false` when the id or the idempotency key is there already.
    private func insert(_ signup: NewSignup) throws(BackendFailure) -> Bool {
        try change(
            """
            INSERT INTO signups (id, email, recipient, nickname, nickname_key, password_hash, locale, created_at,
                idempotency_key, fingerprint)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                signup.id, signup.email.identity, signup.email.typed, signup.nickname.display,
                signup.nickname.key, signup.passwordHash.phc, signup.locale, signup.createdAt,
                signup.idempotency?.key, signup.idempotency?.fingerprint,
            ]
        ) == 1
    }

    /// What this request came to when it was made before: by an earlier try of ours, or by the same client's earlier call.
    private func earlierOutcome(of signup: NewSignup) throws(BackendFailure) -> RecordOutcome? {
        if try exists("SELECT 1 FROM signups WHERE id = ?", [signup.id]) { return .recorded }
        guard let key = signup.idempotency?.key, let record = try self.signup(idempotencyKey: key) else { return nil }
        return .replayed(record)
    }
}
