// The port to the mail that is owed. The courier is its only sender; operators list, retry and drop.

/// What a mail says.
public enum MailTemplate: String, Sendable, CaseIterable {
    /// The code that proves an address.
    case verifyEmail = "verify-email"
    /// Someone signed up with a member's address (privacy mode): a word to its owner, and no code.
    case accountExists = "account-exists"

    /// Whether a code of the signup is in it.
    public var carriesCode: Bool { self == .verifyEmail }
}

public enum OutboxState: String, Sendable, CaseIterable {
    case queued
    case sent
    case dead
}

/// The right to send one row until its lease ends: the row's id and a token that the next claim replaces.
public struct LeaseReference: Sendable, Hashable {
    public let outboxID: Int64
    /// Random, never zero. The store settles only under the token of the newest claim.
    public let token: UInt64

    public init(outboxID: Int64, token: UInt64) {
        self.outboxID = outboxID
        self.token = token
    }
}

/// A claimed outbox row: all the courier needs to send it.
public struct OwedMail: Sendable {
    public let lease: LeaseReference
    public let signupID: SignupID
    public let template: MailTemplate
    /// The n-th code of the signup, from 1.
    public let issue: Int
    /// The address as typed.
    public let recipient: String
    public let locale: String?
    /// The secret of the first claim, from which this issue's code is derived ever after.
    public let keyID: KeyID
    /// Counting the one this claim begins.
    public let attempts: Int
    public let createdAt: Timestamp

    public init(
        lease: LeaseReference,
        signupID: SignupID,
        template: MailTemplate,
        issue: Int,
        recipient: String,
        locale: String?,
        keyID: KeyID,
        attempts: Int,
        createdAt: Timestamp
    ) {
        self.lease = lease
        self.signupID = signupID
        self.template = template
        self.issue = issue
        self.recipient = recipient
        self.locale = locale
        self.keyID = keyID
        self.attempts = attempts
        self.createdAt = createdAt
    }
}

/// How an attempt ended.
public enum Settlement: Sendable, Equatable {
    /// The server took it. The signup's codes live until `codeExpiresAt`.
    case sent(reply: String, codeExpiresAt: Timestamp)
    /// Owed again at `dueAt`. An attempt that was not the row's fault is given back.
    case retry(dueAt: Timestamp, reply: String, countsAttempt: Bool)
    /// Given up; an operator can see it and retry. Codes of the signup that were mailed before live at most so long from then.
    case dead(reply: String, earlierCodesLive: Duration)
    /// Its secret is gone: this row is dead and the next issue of the same signup is owed, in one transaction.
    case reissued(reply: String)
}

/// An attempt that has ended, and how.
public struct AttemptEnding: Sendable {
    public let lease: LeaseReference
    public let settlement: Settlement

    public init(_ lease: LeaseReference, _ settlement: Settlement) {
        self.lease = lease
        self.settlement = settlement
    }
}

/// One outbox row as an operator sees it.
public struct OutboxEntry: Sendable, Equatable {
    public let id: Int64
    public let signupID: SignupID
    public let template: MailTemplate
    public let issue: Int
    public let recipient: String
    public let state: OutboxState
    public let attempts: Int
    public let dueAt: Timestamp
    public let lastReply: String?
    public let createdAt: Timestamp
    public let sentAt: Timestamp?

    /// Where a row stands among all, by age.
    public struct Position: Sendable {
        public let createdAt: Timestamp
        public let id: Int64
    }

    public var position: Position { Position(createdAt: createdAt, id: id) }

    public init(
        id: Int64,
        signupID: SignupID,
        template: MailTemplate,
        issue: Int,
        recipient: String,
        state: OutboxState,
        attempts: Int,
        dueAt: Timestamp,
        lastReply: String?,
        createdAt: Timestamp,
        sentAt: Timestamp?
    ) {
        self.id = id
        self.signupID = signupID
        self.template = template
        self.issue = issue
        self.recipient = recipient
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.lastReply = lastReply
        self.createdAt = createdAt
        self.sentAt = sentAt
    }
}

/// How much mail waits.
public struct OutboxBacklog: Sendable, Equatable {
    public let queued: Int
    public let dead: Int
    /// When the oldest queued row was created; `nil` when none is.
    public let oldestQueuedAt: Timestamp?

    public init(queued: Int, dead: Int, oldestQueuedAt: Timestamp?) {
        self.queued = queued
        self.dead = dead
        self.oldestQueuedAt = oldestQueuedAt
    }
}

/// Mail that is owed. Any number of couriers, in any number of processes, may share one outbox.
public protocol Outbox: Sendable {
    /// Leases up to `limit` due rows (queued, due, and not under a live lease), oldest due first, and counts the attempt.
    /// The lease is committed before this returns. Rows another courier holds are skipped, never waited for. A row that had no
    /// secret yet has `keyID` from now on.
    ///
    /// No more than `mailsPerHour` mails of the whole outbox leave in any hour, whoever claims them: those sent in the last hour
    /// and those under a live lease are counted. 0 for no cap.
    func claim(
        limit: Int,
        mailsPerHour: Int,
        keyID: KeyID,
        lease: Duration,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OwedMail]

    /// Those of the leases that are still ours and go on beyond `now`. Only looks.
    func confirm(_ leases: [LeaseReference], now: Timestamp, deadline: Deadline) async throws(BackendFailure)
        -> Set<LeaseReference>

    /// Ends an attempt. `false` when the lease was lost: then nothing was changed, and another courier owns the row.
    func settle(_ lease: LeaseReference, as settlement: Settlement, now: Timestamp, deadline: Deadline)
        async throws(BackendFailure) -> Bool

    /// The same for many attempts. What is wrong with one of them is no other's matter: each has its own result.
    func settle(_ endings: [AttemptEnding], now: Timestamp, deadline: Deadline) async
        -> [Result<Bool, BackendFailure>]

    /// Gives leases back unused, with their attempts: the process is stopping.
    func release(_ leases: [LeaseReference], now: Timestamp, deadline: Deadline) async throws(BackendFailure)

    /// When the next queued row falls due or the next lease ends; `nil` when nothing is queued.
    func nextDue(deadline: Deadline) async throws(BackendFailure) -> Timestamp?

    /// How many of these signups' rows are queued and due by `now`: what a pipe waits for before it ends.
    func countDue(of signups: [SignupID], now: Timestamp, deadline: Deadline) async throws(BackendFailure) -> Int

    func backlog(deadline: Deadline) async throws(BackendFailure) -> OutboxBacklog

    /// Rows in a state (`nil`: queued and dead), oldest first, behind `position` if there is one. `limit` 1–1000.
    func list(state: OutboxState?, behind position: OutboxEntry.Position?, limit: Int, deadline: Deadline)
        async throws(BackendFailure) -> [OutboxEntry]

    /// Queues dead rows again, due now, with no attempts. Queued rows become due now. Returns the ids it changed.
    func retry(ids: [Int64], now: Timestamp, deadline: Deadline) async throws(BackendFailure) -> [Int64]

    /// Deletes queued or dead rows. Codes of their signups that were mailed before live at most so long from then. Returns the ids it
    /// deleted.
    func drop(ids: [Int64], earlierCodesLive: Duration, now: Timestamp, deadline: Deadline)
        async throws(BackendFailure) -> [Int64]
}

extension Outbox {
    /// The oldest rows in a state.
    public func list(
        state: OutboxState?,
        limit: Int,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OutboxEntry] {
        try await list(state: state, behind: nil, limit: limit, deadline: deadline)
    }
}
