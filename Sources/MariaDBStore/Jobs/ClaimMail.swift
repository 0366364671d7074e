// Leases due mail to one courier.

import Signup

struct ClaimMail: Operation {
    let limit: Int
    let mailsPerHour: Int
    /// The secret of rows that have none yet.
    let keyID: KeyID
    let lease: Duration
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [OwedMail] {
        let token = UInt64.random(in: 1...UInt64.max)
        var claimed: [OwedMail] = []
        return try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            // A claim whose COMMIT lost its answer is ours if the token is there; else its rows are due as before.
            if attempt.isRepeat, try holds(claimed, token: token, on: attempt.connection) { return .rollBack(claimed) }
            let room = try room(on: attempt.connection)
            claimed = room > 0 ? try lockDue(limit: room, token: token, on: attempt.connection) : []
            if claimed.isEmpty { return .rollBack([]) }
            for mails in claimed.inLists() {
                let list = Self.take.padded(mails.map { .integer($0.lease.outboxID) })
                let leaseEnds = now + lease
                let values: [Parameter] = [.text(keyID.text), .unsigned(token), .time(leaseEnds), .time(leaseEnds)]
                try attempt.connection.execute(list.statement, values + list.values)
            }
            return .commit(claimed)
        }
    }

    /// How many may be claimed: fewer than asked for, where the hour allows no more.
    private func room(on connection: MariaDBConnection) throws(DatabaseError) -> Int {
        guard mailsPerHour > 0 else { return limit }
        // One claim at a time, of all couriers: two that counted at once would both take the last places.
        try connection.execute(Self.lockHour, [.time(now + hour)])
        let counts = try connection.query(Self.countLeaving, [.time(now - hour), .time(now), .time(now)]) {
            row throws(DatabaseError) in try row.count(0)
        }
        guard let count = counts.first else { throw .malformed("a count without a row") }
        return min(limit, mailsPerHour - count)
    }

    private var hour: Duration { .seconds(3600) }

    private func lockDue(limit: Int, token: UInt64, on connection: MariaDBConnection) throws(DatabaseError)
        -> [OwedMail]
    {
        try connection.query(Self.lock, [.time(now), .integer(limit)]) { row throws(DatabaseError) in
            OwedMail(
                lease: LeaseReference(outboxID: try row.integer(0), token: token),
                signupID: try row.signupID(1),
                template: try row.named(MailTemplate.self, 2),
                issue: try row.count(3),
                recipient: try row.text(4),
                locale: try row.optionalText(5),
                keyID: try row.optionalText(6).flatMap { KeyID($0) } ?? keyID,
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

    /// The service's own row among the subjects of limits, a name that no address can have. Locked until the claim commits.
    private static let lockHour = Statement(
        """
        INSERT INTO limits (subject, mails, resets_at) VALUES ('*', 0, ?)
        ON DUPLICATE KEY UPDATE resets_at = GREATEST(resets_at, VALUES(resets_at))
        """
    )
    /// Sent in the last hour (`due_at` of settled mail is when it was settled), or perhaps leaving now.
    private static let countLeaving = Statement(
        """
        SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND due_at > ?)
            + (SELECT COUNT(*) FROM outbox WHERE state = 'queued' AND due_at > ? AND lease_until > ?)
        """
    )
    private static let lock = Statement(
        """
        SELECT id, signup_id, template, issue, recipient, locale, key_id, attempts, created_at
        FROM outbox WHERE state = 'queued' AND due_at <= ?
        ORDER BY due_at, created_at LIMIT ? FOR UPDATE SKIP LOCKED
        """
    )
    /// The end of the lease is when the row falls due again: one index serves both.
    private static let take = ListStatement(
        """
        UPDATE outbox SET attempts = attempts + 1, key_id = COALESCE(key_id, ?), lease_token = ?, lease_until = ?, due_at = ?
        WHERE id IN (?*)
        """
    )
    private static let find = Statement(
        "SELECT id FROM outbox WHERE id = ? AND lease_token = ? AND lease_until IS NOT NULL FOR UPDATE"
    )
}

/// Finds those of the leases that still hold.
struct ConfirmLeases: Operation {
    let leases: [LeaseReference]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Set<LeaseReference> {
        let asked = Set(leases)
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            var ours: Set<LeaseReference> = []
            for some in leases.inLists() {
                let list = Self.find.padded(some.map { .integer($0.outboxID) })
                let live = try connection.query(list.statement, [.time(now)] + list.values) {
                    row throws(DatabaseError) in
                    LeaseReference(outboxID: try row.integer(0), token: UInt64(bitPattern: try row.integer(1)))
                }
                ours.formUnion(live)
            }
            return ours.intersection(asked)
        }
    }

    private static let find = ListStatement(
        "SELECT id, lease_token FROM outbox WHERE state = 'queued' AND lease_until > ? AND id IN (?*)"
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
