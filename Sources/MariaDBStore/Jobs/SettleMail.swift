// Writes down what became of mail under its lease. Many settlements share one transaction.

import Signup

/// The end of one attempt. Its value: whether the lease was still ours.
struct LeaseSettlement: SharedWork {
    let lease: LeaseReference
    let settlement: Settlement
    let now: Timestamp

    var sharesTransaction: Bool { true }

    static func run(_ work: [LeaseSettlement], in attempt: Attempt) throws(DatabaseError) -> [Bool] {
        var batch = SettlementBatch(isRepeat: attempt.isRepeat)
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
    var isLeased: Bool
    var isQueued: Bool

    init(_ row: ResultRow) throws(DatabaseError) {
        token = try row.optionalInteger(1).map { UInt64(bitPattern: $0) }
        signupID = try row.signupID(2)
        isLeased = try row.flag(3)
        isQueued = try row.flag(4)
    }
}

/// What a further issue of a mail takes over from it.
private struct MailOrigin {
    let template: MailTemplate
    let recipient: String
    let locale: String?
    /// Of that address, by another signup.
    let isMember: Bool

    init(_ row: ResultRow) throws(DatabaseError) {
        isMember = try row.flag(4)
        template = try row.named(MailTemplate.self, 1)
        recipient = try row.text(2)
        locale = try row.optionalText(3)
    }
}

/// A signup as far as its mail goes, locked for this transaction.
private struct OwingSignup {
    let isPending: Bool
    var issue: Int
}

/// The rows of one transaction: locked first, decided about one by one, changed all together.
private struct SettlementBatch {
    let isRepeat: Bool
    private var rows: [Int64: LeasedRow] = [:]
    private var origins: [Int64: MailOrigin] = [:]
    private var signups: [SignupID: OwingSignup] = [:]
    private var sent: [(id: Int64, reply: Parameter)] = []
    private var sentAt: Timestamp?
    private var changes: [Change: [[Parameter]]] = [:]
    private var reissues: [OweMail] = []
    /// When signups end that may be owed no more mail.
    private var endsOfDebt: [SignupID: Timestamp] = [:]
    /// Signups whose mail was given up: they live as long as the codes that were mailed before.
    private var givenUp: [Duration: Set<SignupID>] = [:]
    private var givenUpAt: Timestamp?

    /// What happens to a row, in the order in which it is written.
    private enum Change: CaseIterable {
        case putBack, markDead, advanceIssue
    }

    init(isRepeat: Bool) {
        self.isRepeat = isRepeat
    }

    /// Locks the outbox rows, then the signups whose debts change: in this order and by id, as everybody does.
    ///
    /// The signups must be locked *before* the statement that looks whether mail is still owed: READ COMMITTED looks at the
    /// moment a statement begins, and a resend that committed while we waited would be missed.
    mutating func lockRows(_ work: [LeaseSettlement], on connection: MariaDBConnection) throws(DatabaseError) {
        let ids = Set(work.map(\.lease.outboxID)).sorted()
        let list = Self.lockOutbox.padded(ids.map { .integer($0) })
        let found = try connection.query(list.statement, list.values) { row throws(DatabaseError) in
            (id: try row.integer(0), row: try LeasedRow(row))
        }
        for (id, row) in found { rows[id] = row }
        try findOrigins(work.filter(\.isReissue).map(\.lease.outboxID), on: connection)

        let owing = Set(work.filter(\.endsDebt).compactMap { rows[$0.lease.outboxID]?.signupID }).sorted()
        guard !owing.isEmpty else { return }
        let signupList = Self.lockSignups.padded(owing.map { .id($0) })
        let states = try connection.query(signupList.statement, signupList.values) { row throws(DatabaseError) in
            let state = try row.named(SignupRecord.State.self, 1)
            return (id: try row.signupID(0), signup: OwingSignup(isPending: state == .pending, issue: try row.count(2)))
        }
        for (id, signup) in states { signups[id] = signup }
    }

    /// Few need them: a secret is lost once.
    private mutating func findOrigins(_ ids: [Int64], on connection: MariaDBConnection) throws(DatabaseError) {
        guard !ids.isEmpty else { return }
        let list = Self.findOrigin.padded(ids.map { .integer($0) })
        let found = try connection.query(list.statement, list.values) { row throws(DatabaseError) in
            (id: try row.integer(0), origin: try MailOrigin(row))
        }
        for (id, origin) in found { origins[id] = origin }
    }

    /// Whether the lease is still ours; if so, notes what is to change.
    mutating func decide(_ work: LeaseSettlement) -> Bool {
        let id = work.lease.outboxID
        guard var row = rows[id], row.token == work.lease.token else { return false }
        defer { rows[id] = row }
        // The token stays after a settlement, the lease does not: so a repetition knows its own work.
        guard row.isQueued, row.isLeased else { return isRepeat && !row.isLeased }
        row.isLeased = false
        row.isQueued = work.settlement.state == .queued
        settle(id, row, as: work.settlement, now: work.now)
        return true
    }

    private mutating func settle(_ id: Int64, _ row: LeasedRow, as settlement: Settlement, now: Timestamp) {
        let reply = Parameter.text(String(settlement.reply.prefix(Limits.replyLength)))
        switch settlement {
        case .sent(_, let codeExpiresAt):
            sent.append((id, reply))
            // One time for all: they differ by no more than the wait for the transaction before.
            sentAt = max(sentAt ?? now, now)
            endsOfDebt[row.signupID] = codeExpiresAt
        case .retry(let dueAt, _, let countsAttempt):
            note(.putBack, [.time(dueAt), reply, .integer(countsAttempt ? 0 : 1), .integer(id)])
        case .dead(_, let earlierCodesLive):
            note(.markDead, [.time(now), reply, .integer(id)])
            givenUp[earlierCodesLive, default: []].insert(row.signupID)
            givenUpAt = max(givenUpAt ?? now, now)
        case .reissued:
            note(.markDead, [.time(now), reply, .integer(id)])
            reissue(row, origins[id], now: now)
        }
    }

    /// Owes the signup's next issue, unless nobody waits for it any more.
    private mutating func reissue(_ row: LeasedRow, _ origin: MailOrigin?, now: Timestamp) {
        guard let origin, !origin.isMember, var signup = signups[row.signupID], signup.isPending else {
            endsOfDebt[row.signupID] = now
            return
        }
        signup.issue += 1
        signups[row.signupID] = signup
        reissues.append(
            OweMail(
                signupID: row.signupID,
                template: origin.template,
                issue: signup.issue,
                recipient: origin.recipient,
                locale: origin.locale,
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
        if let sentAt { try markSent(at: sentAt, on: connection) }
        for change in Change.allCases {
            try connection.executeMany(Self.statement(change), changes[change] ?? [])
        }
        try endDebts(on: connection)
    }

    /// What most of them are: one statement for all, each with the server's own words.
    private func markSent(at time: Timestamp, on connection: MariaDBConnection) throws(DatabaseError) {
        for some in sent.inLists() {
            let ids = some.map { Parameter.integer($0.id) }
            let list = Self.markSent.padded([ids, some.map(\.reply), ids])
            try connection.execute(list.statement, [.time(time), .time(time)] + list.values)
        }
    }

    /// After the mail's rows have changed. Mails that were made ready together have codes that end together: one statement for
    /// all of their signups.
    private func endDebts(on connection: MariaDBConnection) throws(DatabaseError) {
        for (end, ended) in Dictionary(grouping: endsOfDebt, by: \.value) {
            for ids in ended.map(\.key).sorted().inLists() {
                let list = Self.endDebt.padded(ids.map { .id($0) })
                try connection.execute(list.statement, [.time(end)] + list.values)
            }
        }
        guard let givenUpAt else { return }
        for (life, ids) in givenUp {
            try EndOfSignups(ids: ids, earlierCodesLive: life, now: givenUpAt).write(on: connection)
        }
    }

    private static func statement(_ change: Change) -> Statement {
        switch change {
        case .putBack: putBack
        case .markDead: markDead
        case .advanceIssue: advanceIssue
        }
    }

    private static let lockOutbox = ListStatement(
        """
        SELECT id, lease_token, signup_id, lease_until IS NOT NULL, state = 'queued'
        FROM outbox WHERE id IN (?*) ORDER BY id FOR UPDATE
        """
    )
    private static let findOrigin = ListStatement(
        """
        SELECT outbox.id, outbox.template, outbox.recipient, outbox.locale, members.id IS NOT NULL
        FROM outbox JOIN signups ON signups.id = outbox.signup_id LEFT JOIN members ON members.email = signups.email
        WHERE outbox.id IN (?*)
        """
    )
    private static let lockSignups = ListStatement(
        "SELECT id, state, issue FROM signups WHERE id IN (?*) ORDER BY id FOR UPDATE"
    )
    private static let markSent = ListStatement(
        """
        UPDATE outbox SET state = 'sent', sent_at = ?, due_at = ?, lease_until = NULL, last_reply = ELT(FIELD(id, ?*), ?*)
        WHERE id IN (?*)
        """
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
    /// The index is named: right after many signups the server's statistics are old, and it would look through all queued mail.
    private static let endDebt = ListStatement(
        """
        UPDATE signups SET expires_at = ?
        WHERE id IN (?*) AND NOT EXISTS (
            SELECT 1 FROM outbox FORCE INDEX (outbox_issue)
            WHERE outbox.signup_id = signups.id AND outbox.state = 'queued'
        )
        """
    )
}

extension LeaseSettlement {
    fileprivate var isReissue: Bool {
        if case .reissued = settlement { true } else { false }
    }

    /// Whether the signup's row changes with it.
    fileprivate var endsDebt: Bool {
        switch settlement {
        case .retry: false
        case .sent, .dead, .reissued: true
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
        case .sent(let reply, _), .retry(_, let reply, _), .dead(let reply, _), .reissued(let reply): reply
        }
    }
}
