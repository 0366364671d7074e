// The resend that was recorded under an idempotency key.

import Signup

struct FindResend: Operation {
    let idempotencyKey: [UInt8]

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> RecordedResend? {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in try find(on: connection) }
    }

    func find(on connection: MariaDBConnection) throws(DatabaseError) -> RecordedResend? {
        try connection.query(Self.statement, [.bytes(idempotencyKey), .bytes(idempotencyKey)]) {
            row throws(DatabaseError) in
            RecordedResend(
                signupID: try row.signupID(0),
                issue: try row.count(1),
                fingerprint: try row.optionalBytes(2) ?? []
            )
        }.first
    }

    private static let statement = Statement(
        """
        SELECT signup_id, issue, fingerprint FROM outbox WHERE idempotency_key = ?
        UNION ALL SELECT id, 1, fingerprint FROM silent_resends WHERE idempotency_key = ?
        """
    )
}
