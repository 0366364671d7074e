// The questions about signups and members that change nothing: one round trip each.

import Signup

/// What stands in the way of a signup.
struct SurveyNames: Operation {
    let email: EmailAddress
    let nickname: Nickname
    let dailyCap: DailyCap?
    let idempotencyKey: [UInt8]?
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Survey {
        let values: [Parameter] = [
            .text(email.identity), .text(nickname.key),
            .text(nickname.key), .time(now), .text(email.identity),
            // Without a cap no row is found: nothing equals NULL.
            .text(dailyCap?.subject), .time(now), .integer(dailyCap?.maximum ?? 0),
            .bytes(idempotencyKey),
        ]
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            let surveys = try connection.query(Self.statement, values) { row throws(DatabaseError) in
                Survey(
                    replayed: try row.isNull(3) ? nil : SignupRecord(row, from: 3),
                    emailIsTaken: try row.flag(0),
                    nicknameIsTaken: try row.flag(1),
                    dailyCapWait: try row.optionalTime(2)?.since(now)
                )
            }
            guard let survey = surveys.first else { throw .malformed("a survey without a row") }
            return survey
        }
    }

    private static let statement = Statement(
        """
        SELECT
            EXISTS (SELECT 1 FROM members WHERE email = ?),
            EXISTS (SELECT 1 FROM members WHERE nickname_key = ?)
                OR EXISTS (
                    SELECT 1 FROM signups
                    WHERE nickname_key = ? AND state = 'pending' AND (expires_at IS NULL OR expires_at > ?) AND email <> ?
                ),
            (SELECT resets_at FROM limits WHERE subject = ? AND resets_at > ? AND mails >= ?),
            s.id, s.email, s.nickname, s.password_hash, s.state, s.created_at, s.expires_at, s.fingerprint
        FROM (SELECT 1) AS one_row LEFT JOIN signups AS s ON s.idempotency_key = ?
        """
    )
}

/// The signup by its id.
struct FindSignup: Operation {
    let id: SignupID

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> SignupRecord? {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            try connection.query(Self.statement, [.id(id)]) { row throws(DatabaseError) in try SignupRecord(row) }.first
        }
    }

    private static let statement = Statement(
        """
        SELECT id, email, nickname, password_hash, state, created_at, expires_at, fingerprint
        FROM signups WHERE id = ?
        """
    )
}

/// The signup that was recorded under an idempotency key.
struct FindSignupByKey: Operation {
    let idempotencyKey: [UInt8]

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> SignupRecord? {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in try find(on: connection) }
    }

    func find(on connection: MariaDBConnection) throws(DatabaseError) -> SignupRecord? {
        try connection.query(Self.statement, [.bytes(idempotencyKey)]) { row throws(DatabaseError) in
            try SignupRecord(row)
        }.first
    }

    private static let statement = Statement(
        """
        SELECT id, email, nickname, password_hash, state, created_at, expires_at, fingerprint
        FROM signups WHERE idempotency_key = ?
        """
    )
}

/// The newest pending signup of an address.
struct FindNewestPending: Operation {
    let email: String

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> SignupRecord? {
        guard email.canBeAddress else { return nil }
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            try connection.query(Self.statement, [.text(email)]) { row throws(DatabaseError) in try SignupRecord(row) }
                .first
        }
    }

    private static let statement = Statement(
        """
        SELECT id, email, nickname, password_hash, state, created_at, expires_at, fingerprint
        FROM signups WHERE email = ? AND state = 'pending'
            AND NOT EXISTS (SELECT 1 FROM members WHERE members.email = signups.email)
        ORDER BY id DESC LIMIT 1
        """
    )
}

/// Whether the server answers.
struct Ping: Operation {
    func run(in session: Session, deadline: Deadline) throws(BackendFailure) {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in try connection.ping() }
    }
}
