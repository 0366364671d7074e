// A signup as the tables keep it, read in one way everywhere.

import Signup

extension SignupRecord {
    /// Reads the columns that every such query selects in this order, from `column` on: id, email, nickname, password_hash,
    /// state, created_at, expires_at, fingerprint.
    init(_ row: ResultRow, from column: Int = 0) throws(DatabaseError) {
        self.init(
            id: try row.signupID(column),
            email: try row.text(column + 1),
            nickname: try row.text(column + 2),
            passwordHash: PasswordHash(phc: try row.text(column + 3)),
            state: try row.named(State.self, column + 4),
            createdAt: try row.time(column + 5),
            expiresAt: try row.optionalTime(column + 6),
            fingerprint: try row.optionalBytes(column + 7)
        )
    }
}

extension String {
    /// Addresses are ASCII; a text that is not names nobody, and a comparison with it would be an error in the server.
    var canBeAddress: Bool { utf8.allSatisfy { $0 < 0x80 } }
}
