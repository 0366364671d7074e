// What a courier does under a lease: it confirms before it sends, and settles after. Many leases share one transaction.

import Signup

/// One confirmation or settlement. Its value: whether the lease was still ours.
struct LeaseWork: SharedWork {
    enum Step {
        case confirm(KeyID)
        case settle(Settlement)
    }

    let lease: LeaseReference
    let step: Step
    let now: Timestamp

    var sharesTransaction: Bool { true }

    static func run(_ work: [LeaseWork], in attempt: Attempt) throws(DatabaseError) -> [Bool] {
        var batch = LeaseBatch(isRepeat: attempt.isRepeat)
        try batch.lockRows(work, on: attempt.connection)
        let answers = work.map { batch.decide($0) }
        try batch.apply(on: attempt.connection)
        return answers
    }
}

/// An outbox row, locked for this transaction.
private struct LeasedRow {
    let token: UInt64?
    let signupID: SignupID
    let template: MailTemplate
    let recipient: String
    let locale: String?
    var leaseUntil: Timestamp?
    var keyID: KeyID?
    var state: OutboxState

    init(_ row: ResultRow) throws(DatabaseError) {
        token = try row.optionalInteger(1).map { UInt64(bitPattern: $0) }
        signupID = try row.signupID(2)
        template = try row.named(MailTemplate.self, 3)
        recipient = try row.text(4)
        locale = try row.optionalText(5)
        leaseUntil = try row.optionalTime(6)
        keyID = try row.optionalText(7).flatMap { KeyID($0) }
        state = try row.named(OutboxState.self, 8)
    }
}

/// A signup as far as its mail goes, locked for this transaction.
private struct OwingSignup {
    let isPending: Bool
    var issue: Int
}

/// The rows of one transaction: locked first, decided about one by one, changed all together.
private struct LeaseBatch {
    let isRepeat: Bool
    private var rows: [Int64: LeasedRow] = [:]
    private var signups: [SignupID: OwingSignup] = [:]
    private var changes: [Change: [[Parameter]]] = [:]
    private var reissues: [OweMail] = []

    /// What happens to a row, in the order in which it is written: a signup's debt ends after its mail's row has changed.
    private enum Change: CaseIterable {
        case rememberKey, markSent, putBack, markDead, advanceIssue, endDebt
    }

    init(isRepeat: Bool) {
        self.isRepeat = isRepeat
    }

    /// Locks the outbox rows, then the signups whose debts change: in this order and by id, as everybody does.
    ///
    /// The signups must be locked *before* the statement that looks whether mail is still owed: READ COMMITTED looks at the
    /// moment a statement begins, and a resend that committed while we waited would be missed.
    mutating func lockRows(_ work: [LeaseWork], on connection: MariaDBConnection) throws(DatabaseError) {
        let ids = Set(work.map(\.lease.outboxID)).sorted()
        let list = Self.lockOutbox.padded(ids.map { .integer($0) })
        let found = try connection.query(list.statement, list.values) { row throws(DatabaseError) in
            (id: try row.integer(0), row: try LeasedRow(row))
        }
        for (id, row) in found { rows[id] = row }

        let owing = Set(work.filter(\.endsDebt).compactMap { rows[$0.lease.outboxID]?.signupID }).sorted()
        guard !owing.isEmpty else { return }
        let signupList = Self.lockSignups.padded(owing.map { .id($0) })
        let states = try connection.query(signupList.statement, signupList.values) { row throws(DatabaseError) in
            let state = try row.named(SignupRecord.State.self, 1)
            return (id: try row.signupID(0), signup: OwingSignup(isPending: state == .pending, issue: try row.count(2)))
        }
        for (id, signup) in states { signups[id] = signup }
    }

    /// Whether the lease is still ours; if so, notes what is to change.
    mutating func decide(_ work: LeaseWork) -> Bool {
        let id = work.lease.outboxID
        guard var row = rows[id], row.token == work.lease.token else { return false }
        defer { rows[id] = row }
        switch work.step {
        case .confirm(let keyID):
            guard row.state == .queued, let leaseUntil = row.leaseUntil, leaseUntil > work.now else { return false }
            if row.keyID == nil {
                note(.rememberKey, [.text(keyID.text), .integer(id)])
                row.keyID = keyID
            }
            return true
        case .settle(let settlement):
            // The token stays after a settlement, the lease does not: so a repetition knows its own work.
            guard row.state == .queued, row.leaseUntil != nil else { return isRepeat && row.leaseUntil == nil }
            row.leaseUntil = nil
            row.state = settlement.state
            settle(id, row, as: settlement, now: work.now)
            return true
        }
    }

    private mutating func settle(_ id: Int64, _ row: LeasedRow, as settlement: Settlement, now: Timestamp) {
        let reply = Parameter.text(String(settlement.reply.prefix(Limits.replyLength)))
        switch settlement {
        case .sent(_, let codeExpiresAt):
            note(.markSent, [.time(now), .time(now), reply, .integer(id)])
            note(.endDebt, [.time(codeExpiresAt), .id(row.signupID)])
        case .retry(let dueAt, _, let countsAttempt):
            note(.putBack, [.time(dueAt), reply, .integer(countsAttempt ? 0 : 1), .integer(id)])
        case .dead:
            note(.markDead, [.time(now), reply, .integer(id)])
            note(.endDebt, [.time(now), .id(row.signupID)])
        case .reissued:
            note(.markDead, [.time(now), reply, .integer(id)])
            reissue(row, now: now)
        }
    }

    /// Owes the signup's next issue, unless nobody waits for it any more.
    private mutating func reissue(_ row: LeasedRow, now: Timestamp) {
        guard var signup = signups[row.signupID], signup.isPending else {
            return note(.endDebt, [.time(now), .id(row.signupID)])
        }
        signup.issue += 1
        signups[row.signupID] = signup
        reissues.append(
            OweMail(
                signupID: row.signupID,
                template: row.template,
                issue: signup.issue,
                recipient: row.recipient,
                locale: row.locale,
                now: now,
                idempotency: nil
            )
        )
        note(.advanceIssue, [.integer(signup.issue), .id(row.signupID)])
    }

    private mutating func note(_ change: Change, _ values: [Parameter]) {
        changes[change, default: []].append(values)
    }

    /// One round trip for each kind of change, however many rows; a reissue is too rare for that.
    func apply(on connection: MariaDBConnection) throws(DatabaseError) {
        for mail in reissues { _ = try mail.insert(on: connection) }
        for change in Change.allCases {
            try connection.executeMany(Self.statement(change), changes[change] ?? [])
        }
    }

    private static func statement(_ change: Change) -> Statement {
        switch change {
        case .rememberKey: rememberKey
        case .markSent: markSent
        case .putBack: putBack
        case .markDead: markDead
        case .advanceIssue: advanceIssue
        case .endDebt: endDebt
        }
    }

    private static let lockOutbox = ListStatement(
        """
        SELECT id, lease_token, signup_id, template, recipient, locale, lease_until, key_id, state
        FROM outbox WHERE id IN (?*) ORDER BY id FOR UPDATE
        """
    )
    private static let lockSignups = ListStatement(
        "SELECT id, state, issue FROM signups WHERE id IN (?*) ORDER BY id FOR UPDATE"
    )
    private static let rememberKey = Statement("UPDATE outbox SET key_id = ? WHERE id = ?")
    private static let markSent = Statement(
        "UPDATE outbox SET state = 'sent', sent_at = ?, due_at = ?, lease_until = NULL, last_reply = ? WHERE id = ?"
    )
    private static let putBack = Statement(
        """
        UPDATE outbox SET due_at = ?, lease_until = NULL, last_reply = ?, attempts = GREATEST(attempts - ?, 0)
        WHERE id = ?
        """
    )
    private static let markDead = Statement(
        "UPDATE outbox SET state = 'dead', due_at = ?, lease_until = NULL, last_reply = ? WHERE id = ?"
    )
    private static let advanceIssue = Statement("UPDATE signups SET issue = ?, expires_at = NULL WHERE id = ?")
    private static let endDebt = Statement(
        """
        UPDATE signups SET expires_at = ?
        WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND outbox.state = 'queued')
        """
    )
}

extension LeaseWork {
    /// Whether the signup's row changes with it.
    fileprivate var endsDebt: Bool {
        switch step {
        case .confirm, .settle(.retry): false
        case .settle(.sent), .settle(.dead), .settle(.reissued): true
        }
    }
}

extension Settlement {
    fileprivate var state: OutboxState {
        switch self {
        case .sent: .sent
        case .retry: .queued
        case .dead, .reissued: .dead
        }
    }

    fileprivate var reply: String {
        switch self {
        case .sent(let reply, _), .retry(_, let reply, _), .dead(let reply), .reissued(let reply): reply
        }
    }
}
