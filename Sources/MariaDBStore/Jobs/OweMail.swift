// Writes an outbox row: from its commit on, a mail is owed.

import Signup

/// One mail that becomes due now.
struct OweMail {
    let signupID: SignupID
    let template: MailTemplate
    let issue: Int
    let recipient: String
    let locale: String?
    let now: Timestamp
    let idempotency: Idempotency?

    /// - Returns: the row's id.
    func insert(on connection: MariaDBConnection) throws(DatabaseError) -> Int64 {
        let values: [Parameter] = [
            .id(signupID), .text(template.rawValue), .integer(issue), .text(recipient), .text(locale),
            .time(now), .time(now),
            .bytes(idempotency?.key), .bytes(idempotency?.fingerprint), .time(idempotency.map { _ in now }),
        ]
        let ids = try connection.query(Self.statement, values) { row throws(DatabaseError) in try row.integer(0) }
        guard let id = ids.first else { throw .malformed("an outbox row without an id") }
        return id
    }

    private static let statement = Statement(
        """
        INSERT INTO outbox
            (signup_id, template, issue, recipient, locale, due_at, created_at, idempotency_key, fingerprint, keyed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        RETURNING id
        """
    )
}
