// Installing, guessing and using up codes.

internal import Signup

extension Transaction {
    /// Installing again only ever extends: guesses and use stay as they are.
    func install(_ code: CodeInstallation) throws(BackendFailure) {
        try change(
            """
            INSERT INTO codes (signup_id, issue, email, digest, expires_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (signup_id, issue) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)
            """,
            [code.signupID, code.issue, code.email, code.digest.bytes, code.expiresAt]
        )
    }

    func evaluate(_ guess: CodeGuess, now: Timestamp) throws(BackendFailure) -> GuessOutcome {
        let log = DailyGuesses(guess)
        if let log {
            let wait = try delay(log.subject, rules: [log.rule], now: now)
            if wait > .zero { return .rateLimited(retryAfter: wait) }
        }
        let evaluation = GuessEvaluation(guess, codes: try codes(for: guess), now: now)
        for code in evaluation.missed { try countWrongGuess(against: code) }
        if let log, case .incorrect = evaluation.outcome { try enter(log.subject, rules: [log.rule], now: now) }
        return evaluation.outcome
    }

    /// The member that comes of it marks the codes used, see ``codes(for:)``: one page less for every verification to write.
    func redeem(_ guess: CodeGuess, nickname: Nickname?, now: Timestamp) throws(BackendFailure) -> Redemption {
        let outcome = try evaluate(guess, now: now)
        guard case .match(let signupID, _) = outcome else { return .unmatched(outcome) }
        return .matched(try activate(Activation(signupID: signupID, nickname: nickname, now: now)))
    }

    /// Codes that have expired are not marked: they would begin to match again.
    func retire(signupID: SignupID, email: String, now: Timestamp) throws(BackendFailure) {
        try change(
            """
            UPDATE codes SET used_until = ?
            WHERE +email = ? AND signup_id = ? AND used_until IS NULL AND expires_at > ?
            """,
            [(now + VerificationCode.graceAfterUse), email, signupID, now]
        )
    }

    /// A code is used once it is marked so, or once its signup has become a member.
    ///
    /// The unary plus keeps SQLite from its index by e-mail, which it would read beside the table where the signup is known.
    private func codes(for guess: CodeGuess) throws(BackendFailure) -> [StoredCode] {
        guard let signupID = guess.signupID else {
            return try all(
                """
                SELECT codes.signup_id, issue, digest, expires_at, guesses, used_until, verified_at
                FROM codes LEFT JOIN members ON members.signup_id = codes.signup_id WHERE codes.email = ?
                """,
                [guess.email],
                decode: storedCode
            )
        }
        return try all(
            """
            SELECT codes.signup_id, issue, digest, expires_at, guesses, used_until, verified_at
            FROM codes LEFT JOIN members ON members.signup_id = codes.signup_id
            WHERE codes.signup_id = ? AND +codes.email = ?
            """,
            [signupID, guess.email],
            decode: storedCode
        )
    }

    private func storedCode(_ row: Columns) throws(BackendFailure) -> StoredCode {
        let expiresAt = row.time(3)
        return StoredCode(
            signupID: try row.signupID(0),
            issue: row.count(1),
            digest: row.bytes(2),
            expiresAt: expiresAt,
            guesses: row.count(4),
            usedUntil: row.optionalTime(5) ?? endOfUse(expiresAt: expiresAt, verifiedAt: row.optionalTime(6))
        )
    }

    /// Codes that had expired when their signup was verified are not used: they would begin to match again.
    private func endOfUse(expiresAt: Timestamp, verifiedAt: Timestamp?) -> Timestamp? {
        guard let verifiedAt, expiresAt > verifiedAt else { return nil }
        return verifiedAt + VerificationCode.graceAfterUse
    }

    private func countWrongGuess(against code: StoredCode) throws(BackendFailure) {
        try change(
            "UPDATE codes SET guesses = guesses + 1 WHERE signup_id = ? AND issue = ?",
            [code.signupID, code.issue]
        )
    }
}

/// The limit on wrong guesses by e-mail alone; counted for addresses nobody signed up with too, or it would tell them apart.
private struct DailyGuesses {
    let subject: ChargeSubject
    let rule: RateRule

    /// `nil` for a guess the limit does not concern.
    init?(_ guess: CodeGuess) {
        guard guess.signupID == nil, guess.dailyGuesses > 0 else { return nil }
        subject = ChargeSubject(kind: "guess", name: guess.email)
        rule = RateRule(maximum: guess.dailyGuesses, window: Bounds.guessWindow)
    }
}
