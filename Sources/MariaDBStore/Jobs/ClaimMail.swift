// Leases due mail to one courier.

import Signup

struct ClaimMail: Operation {
    let limit: Int
    let lease: Duration
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [OwedMail] {
        let token = UInt64.random(in: 1...UInt64.max)
        var claimed: [OwedMail] = []
        return try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            // A claim whose COMMIT lost its answer is ours if the token is there; else its rows are due as before.
            if attempt.isRepeat, try holds(claimed, token: token, on: attempt.connection) { return .rollBack(claimed) }
            claimed = try lockDue(token: token, on: attempt.connection)
            if claimed.isEmpty { return .rollBack([]) }
            for mails in claimed.inLists() {
                let list = Self.take.padded(mails.map { .integer($0.lease.outboxID) })
                let leaseEnds = now + lease
                let values: [Parameter] = [.unsigned(token), .time(leaseEnds), .time(leaseEnds)]
                try attempt.connection.execute(list.statement, values + list.values)
            }
            return .commit(claimed)
        }
    }

    private func lockDue(token: UInt64, on connection: MariaDBConnection) throws(DatabaseError) -> [OwedMail] {
        try connection.query(Self.lock, [.time(now), .integer(limit)]) { row throws(DatabaseError) in
            OwedMail(
                lease: LeaseReference(outboxID: try row.integer(0), token: token),
                signupID: try row.signupID(1),
                template: try row.named(MailTemplate.self, 2),
                issue: try row.count(3),
                recipient: try row.text(4),
                locale: try row.optionalText(5),
                keyID: try row.optionalText(6).flatMap { KeyID($0) },
                attempts: try row.count(7) + 1,
                createdAt: try row.time(8)
            )
        }
    }

    private func holds(
        _ mails: [OwedMail],
        token: UInt64,
        on connection: MariaDBConnection
    ) throws(DatabaseError) -> Bool {
        guard let first = mails.first else { return false }
        let values: [Parameter] = [.integer(first.lease.outboxID), .unsigned(token)]
        return try !connection.query(Self.find, values) { row throws(DatabaseError) in try row.integer(0) }.isEmpty
    }

    private static let lock = Statement(
        """
        SELECT id, signup_id, template, issue, recipient, locale, key_id, attempts, created_at
        FROM outbox WHERE state = 'queued' AND due_at <= ?
        ORDER BY due_at, created_at LIMIT ? FOR UPDATE SKIP LOCKED
        """
    )
    /// The end of the lease is when the row falls due again: one index serves both.
    private static let take = ListStatement(
        "UPDATE outbox SET attempts = attempts + 1, lease_token = ?, lease_until = ?, due_at = ? WHERE id IN (?*)"
    )
    private static let find = Statement(
        "SELECT id FROM outbox WHERE id = ? AND lease_token = ? AND lease_until IS NOT NULL FOR UPDATE"
    )
}

/// Gives leases back unused.
struct ReleaseMail: Operation {
    let leases: [LeaseReference]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) {
        guard !leases.isEmpty else { return }
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            for lease in leases.sorted(by: { $0.outboxID < $1.outboxID }) {
                let values: [Parameter] = [.time(now), .integer(lease.outboxID), .unsigned(lease.token)]
                try attempt.connection.execute(Self.release, values)
            }
            return .commit(())
        }
    }

    private static let release = Statement(
        """
        UPDATE outbox SET attempts = GREATEST(attempts, 1) - 1, lease_until = NULL, due_at = ?
        WHERE id = ? AND lease_token = ? AND lease_until IS NOT NULL AND state = 'queued'
        """
    )
}
