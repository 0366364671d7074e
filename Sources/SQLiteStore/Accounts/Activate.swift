// Making a signup's member: the authority for "once".

internal import Signup

extension Transaction {
    func activate(_ activation: Activation) throws(BackendFailure) -> ActivationOutcome {
        guard let candidate = try candidate(activation) else { return try outcomeWithoutCandidate(activation) }
        guard let id = try insert(candidate, verifiedAt: activation.now) else {
            return try isMember(email: candidate.email) ? .emailTaken : .nicknameTaken
        }
        try change("UPDATE signups SET state = 'verified' WHERE rowid = ?", [candidate.row])
        return .activated(
            Member(
                id: id,
                signupID: activation.signupID,
                email: candidate.email,
                nickname: candidate.nickname,
                verifiedAt: activation.now
            )
        )
    }

    private func candidate(_ activation: Activation) throws(BackendFailure) -> Candidate? {
        try first(
            """
            SELECT rowid, email, nickname, nickname_key, password_hash, created_at FROM signups
            WHERE id = ? AND state = 'pending'
            """,
            [activation.signupID]
        ) { row in
            Candidate(
                signupID: activation.signupID,
                row: row.integer(0),
                email: row.text(1),
                nickname: activation.nickname?.display ?? row.text(2),
                nicknameKey: activation.nickname?.key ?? row.text(3),
                passwordHash: row.text(4),
                createdAt: row.time(5)
            )
        }
    }

    /// The unique keys decide. A plain INSERT of one row: `INSERT … SELECT` and `RETURNING` would cost SQLite a journal and a
    /// temporary table each, 15 µs together.
    ///
    /// - Returns: the member's id; `nil` if a key is taken.
    private func insert(_ candidate: Candidate, verifiedAt: Timestamp) throws(BackendFailure) -> Int64? {
        let count = try change(
            """
            INSERT INTO members (signup_id, email, nickname, nickname_key, password_hash, created_at, verified_at)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                candidate.signupID, candidate.email, candidate.nickname, candidate.nicknameKey, candidate.passwordHash,
                candidate.createdAt, verifiedAt,
            ]
        )
        return count == 1 ? lastInsertedID : nil
    }

    /// Not pending any more: a member already, perhaps one whose signup was deleted since; or nobody we know.
    private func outcomeWithoutCandidate(_ activation: Activation) throws(BackendFailure) -> ActivationOutcome {
        guard let member = try member(signupID: activation.signupID) else { return .unknownSignup }
        return .activated(member)
    }
}

/// A pending signup with the nickname it is to become a member with.
private struct Candidate {
    let signupID: SignupID
    /// Where it lies: the way by its id has been gone once already.
    let row: Int64
    let email: String
    let nickname: String
    let nicknameKey: String
    let passwordHash: String
    let createdAt: Timestamp
}
