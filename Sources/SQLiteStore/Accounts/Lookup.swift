// Reading signups and members.

internal import Signup

extension Transaction {
    func signup(_ id: SignupID) throws(BackendFailure) -> SignupRecord? {
        try first("SELECT \(SignupColumns.list) FROM signups WHERE id = ?", [id], decode: SignupColumns.record)
    }

    func signup(idempotencyKey: [UInt8]) throws(BackendFailure) -> SignupRecord? {
        try first(
            "SELECT \(SignupColumns.list) FROM signups WHERE idempotency_key = ?",
            [idempotencyKey],
            decode: SignupColumns.record
        )
    }

    /// Ids begin with their time, so the greatest is the newest.
    func newestPendingSignup(email: String) throws(BackendFailure) -> SignupRecord? {
        try first(
            """
            SELECT \(SignupColumns.list) FROM signups WHERE email = ?1 AND state = 'pending'
            AND NOT EXISTS (SELECT 1 FROM members WHERE members.email = ?1)
            ORDER BY id DESC LIMIT 1
            """,
            [email],
            decode: SignupColumns.record
        )
    }

    /// The member a signup became; found even when the signup itself was deleted.
    func member(signupID: SignupID) throws(BackendFailure) -> Member? {
        try first(
            "SELECT id, email, nickname, verified_at FROM members WHERE signup_id = ?",
            [signupID]
        ) { row in
            Member(
                id: row.integer(0),
                signupID: signupID,
                email: row.text(1),
                nickname: row.text(2),
                verifiedAt: row.time(3)
            )
        }
    }

    func isMember(email: String) throws(BackendFailure) -> Bool {
        try exists("SELECT 1 FROM members WHERE email = ?", [email])
    }
}

/// The columns of a signup record, named and read in one place.
private enum SignupColumns {
    static let list = "id, email, nickname, password_hash, state, created_at, expires_at, fingerprint"

    static func record(_ row: Columns) throws(BackendFailure) -> SignupRecord {
        guard let state = SignupRecord.State(rawValue: row.text(4)) else {
            throw SQLiteFailure.damaged("a signup in an unknown state")
        }
        return SignupRecord(
            id: try row.signupID(0),
            email: row.text(1),
            nickname: row.text(2),
            passwordHash: PasswordHash(phc: row.text(3)),
            state: state,
            createdAt: row.time(5),
            expiresAt: row.optionalTime(6),
            fingerprint: row.optionalBytes(7)
        )
    }
}
