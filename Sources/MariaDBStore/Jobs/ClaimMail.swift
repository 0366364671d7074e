// Leases due mail to one courier.

import Signup

struct ClaimMail: Operation {
    let limit: Int
    let mailsPerHour: Int
    /// The secret of rows that have none yet.
    let keyID: KeyID
    let lease: Duration
    let now: Timestamp
    let position: ClaimPosition

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [OwedMail] {
        let token = UInt64.random(in: 1...UInt64.max)
        var claimed: [OwedMail] = []
        return try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            // A claim whose COMMIT lost its answer is ours if the token is there; else its rows are due as before.
            if attempt.isRepeat, try holds(claimed, token: token, on: attempt.connection) { return .rollBack(claimed) }
            let room = try room(on: attempt.connection)
            claimed = room > 0 ? try lockDue(limit: room, on: attempt.connection).map { $0.owed(token, keyID) } : []
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

    /// Begins where the last claim ended if it can; see ``ClaimPosition``.
    private func lockDue(limit: Int, on connection: MariaDBConnection) throws(DatabaseError) -> [DueRow] {
        let clock = ContinuousClock.now
        if let place = position.start(now: clock) {
            let values: [Parameter] = [
                .time(now), .time(place.dueAt), .time(place.dueAt), .time(place.createdAt), .time(place.createdAt),
                .integer(place.id), .integer(limit),
            ]
            let rows = try connection.query(Self.lockBehind, values) { row throws(DatabaseError) in try DueRow(row) }
            if rows.count == limit, let last = rows.last {
                position.went(on: last.place)
                return rows
            }
        }
        // What was just locked is ours, and found again.
        let rows = try connection.query(Self.lock, [.time(now), .integer(limit)]) { row throws(DatabaseError) in
            try DueRow(row)
        }
        position.began(endingAt: rows.count == limit ? rows.last?.place : nil, now: clock)
        return rows
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
    // The index is named: right after many signups the server's statistics are old.
    private static let lock = Statement(
        """
        SELECT id, signup_id, template, issue, recipient, locale, key_id, attempts, created_at, due_at
        FROM outbox FORCE INDEX (outbox_due) WHERE state = 'queued' AND due_at <= ?
        ORDER BY due_at, created_at LIMIT ? FOR UPDATE SKIP LOCKED
        """
    )
    private static let lockBehind = Statement(
        """
        SELECT id, signup_id, template, issue, recipient, locale, key_id, attempts, created_at, due_at
        FROM outbox FORCE INDEX (outbox_due) WHERE state = 'queued' AND due_at <= ?
            AND (due_at > ? OR (due_at = ? AND (created_at > ? OR (created_at = ? AND id > ?))))
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

/// A row that is due, locked for this transaction.
private struct DueRow {
    let place: ClaimPosition.Place
    private let signupID: SignupID
    private let template: MailTemplate
    private let issue: Int
    private let recipient: String
    private let locale: String?
    private let keyID: KeyID?
    private let attempts: Int

    init(_ row: ResultRow) throws(DatabaseError) {
        signupID = try row.signupID(1)
        template = try row.named(MailTemplate.self, 2)
        issue = try row.count(3)
        recipient = try row.text(4)
        locale = try row.optionalText(5)
        keyID = try row.optionalText(6).flatMap { KeyID($0) }
        attempts = try row.count(7)
        place = ClaimPosition.Place(dueAt: try row.time(9), createdAt: try row.time(8), id: try row.integer(0))
    }

    /// The row as the claim leaves it.
    func owed(_ token: UInt64, _ newKeyID: KeyID) -> OwedMail {
        OwedMail(
            lease: LeaseReference(outboxID: place.id, token: token),
            signupID: signupID,
            template: template,
            issue: issue,
            recipient: recipient,
            locale: locale,
            keyID: keyID ?? newKeyID,
            attempts: attempts + 1,
            createdAt: place.createdAt
        )
    }
}
