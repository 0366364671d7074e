// The port behind which members, signups and the mail they are owed live. One contract suite runs against every adapter.

/// Everything a signup leaves in the store, decided before the transaction begins.
public struct NewSignup: Sendable {
    public let id: SignupID
    public let email: EmailAddress
    public let nickname: Nickname
    public let passwordHash: PasswordHash
    /// The language of its mail (a BCP 47 tag), as the client asked.
    public let locale: String?
    /// What its mail says. With ``MailTemplate/accountExists`` the signup is a decoy: it looks pending, and no code is its own.
    public let template: MailTemplate
    public let createdAt: Timestamp
    public let idempotency: Idempotency?
    /// The daily cap its mail is charged to in the same transaction; `nil` for no cap.
    public let dailyCap: DailyCap?

    public init(
        id: SignupID,
        email: EmailAddress,
        nickname: Nickname,
        passwordHash: PasswordHash,
        locale: String?,
        template: MailTemplate = .verifyEmail,
        createdAt: Timestamp,
        idempotency: Idempotency?,
        dailyCap: DailyCap?
    ) {
        self.id = id
        self.email = email
        self.nickname = nickname
        self.passwordHash = passwordHash
        self.locale = locale
        self.template = template
        self.createdAt = createdAt
        self.idempotency = idempotency
        self.dailyCap = dailyCap
    }
}

/// A client's key for "the same request again", and what the request was.
public struct Idempotency: Sendable, Hashable {
    /// 32 bytes: the digest of the method's name and the client's key. Unique in the store.
    public let key: [UInt8]
    /// 32 bytes: the HMAC of the params without the password.
    public let fingerprint: [UInt8]

    public init(key: [UInt8], fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// At most `maximum` mails to one subject in a window that opens with its first mail. Kept in the store: it outlives Redis.
public struct DailyCap: Sendable, Hashable {
    /// The address as limits see it: lower case, without a `+tag`. At most 254 ASCII bytes.
    public let subject: String
    /// At least 1.
    public let maximum: Int
    /// 24 hours, but for tests.
    public let window: Duration

    public init(subject: String, maximum: Int, window: Duration = .seconds(86_400)) {
        self.subject = subject
        self.maximum = maximum
        self.window = window
    }
}

/// What a daily cap has counted.
public struct DailyCount: Sendable, Equatable {
    public let count: Int
    /// When the window that opened with the first of them closes.
    public let resetsAt: Timestamp

    public init(count: Int, resetsAt: Timestamp) {
        self.count = count
        self.resetsAt = resetsAt
    }
}

/// A signup as the store keeps it.
public struct SignupRecord: Sendable, Equatable {
    public enum State: String, Sendable {
        case pending
        case verified
    }

    public let id: SignupID
    /// The lower-cased address.
    public let email: String
    public let nickname: String
    public let passwordHash: PasswordHash
    public let state: State
    public let createdAt: Timestamp
    /// When its newest code dies; `nil` while mail is owed.
    public let expiresAt: Timestamp?
    /// What a replay is compared with; `nil` if the signup came without an idempotency key.
    public let fingerprint: [UInt8]?

    public init(
        id: SignupID,
        email: String,
        nickname: String,
        passwordHash: PasswordHash,
        state: State,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        fingerprint: [UInt8]?
    ) {
        self.id = id
        self.email = email
        self.nickname = nickname
        self.passwordHash = passwordHash
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.fingerprint = fingerprint
    }
}

/// Someone whose e-mail is proven.
public struct Member: Sendable, Equatable {
    public let id: Int64
    public let signupID: SignupID
    /// The lower-cased address.
    public let email: String
    public let nickname: String
    public let verifiedAt: Timestamp

    public init(id: Int64, signupID: SignupID, email: String, nickname: String, verifiedAt: Timestamp) {
        self.id = id
        self.signupID = signupID
        self.email = email
        self.nickname = nickname
        self.verifiedAt = verifiedAt
    }
}

/// What stands in the way of a signup before anything costly is done for it.
public struct Survey: Sendable, Equatable {
    /// The signup that was recorded under the same idempotency key, if any.
    public let replayed: SignupRecord?
    /// The address is a member's.
    public let emailIsTaken: Bool
    /// The nickname is a member's, or is held by another address's live signup.
    public let nicknameIsTaken: Bool
    /// How long the daily cap refuses a mail; `nil` if it would let one through now.
    public let dailyCapWait: Duration?

    public init(
        replayed: SignupRecord?,
        emailIsTaken: Bool,
        nicknameIsTaken: Bool,
        dailyCapWait: Duration? = nil
    ) {
        self.replayed = replayed
        self.emailIsTaken = emailIsTaken
        self.nicknameIsTaken = nicknameIsTaken
        self.dailyCapWait = dailyCapWait
    }
}

public enum RecordOutcome: Sendable, Equatable {
    /// Signup, outbox row and daily count are committed (by this call, or by an earlier try of it whose answer was lost).
    case recorded
    /// Another request with the same idempotency key was first.
    case replayed(SignupRecord)
    /// Nothing was stored.
    case dailyCapReached(retryAfter: Duration)
}

/// One promotion of a signup to a member.
public struct Activation: Sendable {
    public let signupID: SignupID
    /// Replaces the signup's nickname when the first was taken meanwhile.
    public let nickname: Nickname?
    public let now: Timestamp

    public init(signupID: SignupID, nickname: Nickname?, now: Timestamp) {
        self.signupID = signupID
        self.nickname = nickname
        self.now = now
    }
}

public enum ActivationOutcome: Sendable, Equatable {
    /// The member this signup became, by this call or by an earlier one.
    case activated(Member)
    /// Another signup made this address a member first.
    case emailTaken
    /// The nickname became another member's first. The code stays good for another nickname.
    case nicknameTaken
    /// There is no such signup (it was purged).
    case unknownSignup
}

/// How a client names whom it means.
public enum SignupReference: Sendable, Hashable {
    /// The newest signup of this lower-cased address.
    case email(String)
    case id(SignupID)
}

/// Where someone stands, for `status`.
public struct Standing: Sendable, Equatable {
    public enum State: String, Sendable {
        case none
        case pending
        case active
    }

    public struct Mail: Sendable, Equatable {
        public let state: OutboxState
        public let attempts: Int
        /// What the mail server said last, for people.
        public let lastReply: String?
        public let sentAt: Timestamp?

        public init(state: OutboxState, attempts: Int, lastReply: String?, sentAt: Timestamp?) {
            self.state = state
            self.attempts = attempts
            self.lastReply = lastReply
            self.sentAt = sentAt
        }
    }

    public let state: State
    /// The address the standing is about; `nil` for state none.
    public let email: String?
    /// The newest mail of the signup; `nil` for none, and once it was purged.
    public let mail: Mail?

    public init(state: State, email: String?, mail: Mail?) {
        self.state = state
        self.email = email
        self.mail = mail
    }

    public static let none = Standing(state: .none, email: nil, mail: nil)
}

/// A further code that someone asks for.
public struct ResendOrder: Sendable {
    public let signupID: SignupID
    public let now: Timestamp
    public let idempotency: Idempotency?
    public let dailyCap: DailyCap?
    /// What happens where the address has become a member's: the mail tells its owner (privacy mode), or the order is refused.
    public let tellsMember: Bool

    public init(
        signupID: SignupID,
        now: Timestamp,
        idempotency: Idempotency?,
        dailyCap: DailyCap?,
        tellsMember: Bool = false
    ) {
        self.signupID = signupID
        self.now = now
        self.idempotency = idempotency
        self.dailyCap = dailyCap
        self.tellsMember = tellsMember
    }
}

/// A resend that was recorded under an idempotency key.
public struct RecordedResend: Sendable, Equatable {
    public let signupID: SignupID
    public let issue: Int
    public let fingerprint: [UInt8]

    public init(signupID: SignupID, issue: Int, fingerprint: [UInt8]) {
        self.signupID = signupID
        self.issue = issue
        self.fingerprint = fingerprint
    }
}

public enum ResendOutcome: Sendable, Equatable {
    /// The n-th code of this signup is owed now (by this call, or by an earlier try of it whose answer was lost).
    case owed(issue: Int)
    /// An earlier request with the same idempotency key owed an issue already.
    case replayed(RecordedResend)
    /// No pending signup of this id (unknown, verified, or purged), or its address is a member's through another one.
    case noPendingSignup
    /// Nothing was stored.
    case dailyCapReached(retryAfter: Duration)
}

/// How long rows are kept once nobody waits for them.
public struct Retention: Sendable {
    public let unverifiedSignups: Duration
    public let sentMail: Duration
    public let deadMail: Duration
    public let idempotencyKeys: Duration
    /// At most so many rows of each kind a call, so that no purge holds locks for long.
    public let batchSize: Int

    public init(
        unverifiedSignups: Duration = .seconds(7 * 86_400),
        sentMail: Duration = .seconds(3 * 86_400),
        deadMail: Duration = .seconds(30 * 86_400),
        idempotencyKeys: Duration = .seconds(86_400),
        batchSize: Int = 500
    ) {
        self.unverifiedSignups = unverifiedSignups
        self.sentMail = sentMail
        self.deadMail = deadMail
        self.idempotencyKeys = idempotencyKeys
        self.batchSize = batchSize
    }
}

/// Members and signups. Every call is atomic; unique keys decide races.
public protocol AccountStore: Sendable {
    /// Looks for an earlier request of the same key, for members and live signups in the way, and at the daily cap, all at
    /// one moment. Reads only: the cap is charged when the signup is recorded.
    func survey(
        email: EmailAddress,
        nickname: Nickname,
        dailyCap: DailyCap?,
        idempotencyKey: [UInt8]?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Survey

    /// Stores the signup, its first outbox row (issue 1) and the daily count in one transaction.
    ///
    /// Called again with the same id after an unknown outcome, it answers `recorded` once.
    func record(_ signup: NewSignup, deadline: Deadline) async throws(BackendFailure) -> RecordOutcome

    /// Makes the signup's member, or finds the one it became: idempotent, the authority for "once".
    func activate(_ activation: Activation, deadline: Deadline) async throws(BackendFailure) -> ActivationOutcome

    /// The signup by its id.
    func signup(_ id: SignupID, deadline: Deadline) async throws(BackendFailure) -> SignupRecord?

    /// The signup recorded under this idempotency key, if any.
    func signup(recordedUnder idempotencyKey: [UInt8], deadline: Deadline) async throws(BackendFailure) -> SignupRecord?

    /// The newest pending signup of a lower-cased address, live or expired but not purged; none if the address is a member's.
    func newestPendingSignup(email: String, deadline: Deadline) async throws(BackendFailure) -> SignupRecord?

    /// Owes one more mail for a pending signup: the next issue, in one transaction with the daily count.
    /// The signup's `expires_at` becomes NULL again (mail is owed). Where the address has become a member's, no code can be
    /// of use: the order is refused, or the mail says so (``MailTemplate/accountExists``).
    func resend(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome

    /// Does for an address that nobody waits at what ``resend(_:deadline:)`` does, but for the mail: counts the daily cap and
    /// keeps the idempotency key, so that a client cannot tell the two apart. The order's id is the record's own.
    func resendSilently(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome

    /// The resend recorded under this idempotency key, if any; a silent one too.
    func resend(recordedUnder idempotencyKey: [UInt8], deadline: Deadline) async throws(BackendFailure)
        -> RecordedResend?

    /// Counts one of something that is no mail against a cap, past its maximum too: the caller decides what that means.
    func count(_ cap: DailyCap, now: Timestamp, deadline: Deadline) async throws(BackendFailure) -> DailyCount

    /// Member, pending or none, with the state of the newest mail.
    /// By e-mail: a member is `active`; else the newest signup decides. By id: that signup decides.
    func standing(of reference: SignupReference, deadline: Deadline) async throws(BackendFailure) -> Standing

    /// Deletes what nobody waits for, at most a batch of each kind.
    ///
    /// - Returns: how many rows went; ask again until it is 0.
    func purge(_ retention: Retention, now: Timestamp, deadline: Deadline) async throws(BackendFailure) -> Int

    /// One round trip, for `service.health`.
    func ping(deadline: Deadline) async throws(BackendFailure)
}
