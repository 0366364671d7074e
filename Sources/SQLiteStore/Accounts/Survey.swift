// What stands in the way of a signup.

internal import Signup

extension Transaction {
    func survey(
        email: EmailAddress,
        nickname: Nickname,
        dailyCap: DailyCap?,
        idempotencyKey: [UInt8]?,
        now: Timestamp
    ) throws(BackendFailure) -> Survey {
        var replayed: SignupRecord?
        if let idempotencyKey { replayed = try signup(idempotencyKey: idempotencyKey) }
        return Survey(
            replayed: replayed,
            emailIsTaken: try isMember(email: email.identity),
            nicknameIsTaken: try isTaken(nickname, for: email, now: now),
            dailyCapWait: try dailyCap.flatMap { cap throws(BackendFailure) in try wait(for: cap, now: now) }
        )
    }

    private func isTaken(
        _ nickname: Nickname,
        for email: EmailAddress,
        now: Timestamp
    ) throws(BackendFailure) -> Bool {
        if try exists("SELECT 1 FROM members WHERE nickname_key = ?", [nickname.key]) { return true }
        // Without an expiry a signup is live while its mail is owed; not once that mail is dead or dropped. The + keeps SQLite
        // from looking through all that is queued.
        return try exists(
            """
            SELECT 1 FROM signups WHERE nickname_key = ? AND state = 'pending' AND email <> ?
            AND (expires_at > ? OR (expires_at IS NULL AND EXISTS (
                SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND +outbox.state = 'queued')))
            LIMIT 1
            """,
            [nickname.key, email.identity, now]
        )
    }
}
