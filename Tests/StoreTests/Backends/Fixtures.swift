// People, times and codes that the contract is told with.

import Cryptography
import Foundation
import Signup
import Testing

/// When every test begins. The tests set the clock, and only forward from the real time: a store may let things expire by
/// its server's clock too.
let start = Timestamp(millisecondsSince1970: Int64(Date().timeIntervalSince1970) * 1000)

/// Far enough for a loaded machine; no test waits for it.
var soon: Deadline { .now + .seconds(60) }

let key: SigningKey = {
    guard let key = SigningKey(secret: Array(repeating: 0x5A, count: SigningKey.minimumByteCount)) else {
        preconditionFailure("the secret has the least length that is accepted")
    }
    return key
}()

/// A signup by nobody in particular, unless told otherwise.
func newSignup(
    _ email: String = "mira@example.org",
    nickname: String = "Mira",
    passwordHash: String = "$argon2id$mira",
    locale: String? = nil,
    template: MailTemplate = .verifyEmail,
    at time: Timestamp = start,
    idempotency: Idempotency? = nil,
    dailyCap: DailyCap? = nil
) throws -> NewSignup {
    NewSignup(
        id: SignupID(now: time),
        email: try EmailAddress(email),
        nickname: try Nickname(nickname),
        passwordHash: PasswordHash(phc: passwordHash),
        locale: locale,
        template: template,
        createdAt: time,
        idempotency: idempotency,
        dailyCap: dailyCap
    )
}

/// An idempotency key of 32 equal bytes.
func idempotency(_ byte: UInt8, fingerprint: UInt8 = 0xF0) -> Idempotency {
    Idempotency(key: Array(repeating: byte, count: 32), fingerprint: Array(repeating: fingerprint, count: 32))
}

/// The code of a signup's n-th mail, as a store knows it.
func codeDigest(_ signup: NewSignup, issue: Int = 1) -> CodeDigest {
    key.digest(of: key.code(for: signup.id, issue: issue), email: signup.email.identity)
}

/// A digest that is no code's.
func wrongDigest(_ number: UInt8 = 0) throws -> CodeDigest {
    try #require(CodeDigest(bytes: Array(repeating: number, count: 32)))
}

/// Asks again until the answer is yes, for what a store does without anyone waiting for it. Fails after ten seconds.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// Runs `body` for every number of the range at once and returns what came of it, in no order.
func concurrently<Value: Sendable>(
    _ range: Range<Int>,
    _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for number in range { group.addTask { try await body(number) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}

extension Stores {
    /// Records a signup that nothing stands in the way of.
    @discardableResult
    func join(
        _ email: String = "mira@example.org",
        nickname: String = "Mira",
        passwordHash: String = "$argon2id$mira",
        at time: Timestamp = start
    ) async throws -> NewSignup {
        let signup = try newSignup(email, nickname: nickname, passwordHash: passwordHash, at: time)
        #expect(try await accounts.record(signup, deadline: soon) == .recorded)
        return signup
    }

    func activate(
        _ signup: NewSignup,
        nickname: String? = nil,
        at time: Timestamp = start
    ) async throws -> ActivationOutcome {
        let nickname = try nickname.map { try Nickname($0) }
        let activation = Activation(signupID: signup.id, nickname: nickname, now: time)
        return try await accounts.activate(activation, deadline: soon)
    }

    /// Activates a signup that nothing stands in the way of.
    @discardableResult
    func makeMember(_ signup: NewSignup, at time: Timestamp = start) async throws -> Member {
        guard case .activated(let member) = try await activate(signup, at: time) else {
            throw UnexpectedOutcome()
        }
        return member
    }

    func resend(
        _ signup: NewSignup,
        at time: Timestamp = start,
        idempotency: Idempotency? = nil,
        dailyCap: DailyCap? = nil,
        tellsMember: Bool = false
    ) async throws -> ResendOutcome {
        let order = ResendOrder(
            signupID: signup.id,
            now: time,
            idempotency: idempotency,
            dailyCap: dailyCap,
            tellsMember: tellsMember
        )
        return try await accounts.resend(order, deadline: soon)
    }

    func survey(
        _ email: String,
        nickname: String,
        dailyCap: DailyCap? = nil,
        idempotencyKey: [UInt8]? = nil,
        at time: Timestamp = start
    ) async throws -> Survey {
        try await accounts.survey(
            email: EmailAddress(email),
            nickname: Nickname(nickname),
            dailyCap: dailyCap,
            idempotencyKey: idempotencyKey,
            now: time,
            deadline: soon
        )
    }

    func claim(
        _ limit: Int = 100,
        mailsPerHour: Int = 0,
        keyID: KeyID = key.id,
        lease: Duration = .seconds(180),
        at time: Timestamp = start
    ) async throws -> [OwedMail] {
        try await outbox.claim(
            limit: limit,
            mailsPerHour: mailsPerHour,
            keyID: keyID,
            lease: lease,
            now: time,
            deadline: soon
        )
    }

    func settle(
        _ mail: OwedMail,
        as settlement: Settlement,
        at time: Timestamp = start
    ) async throws -> Bool {
        try await outbox.settle(mail.lease, as: settlement, now: time, deadline: soon)
    }

    /// Claims the one mail that is owed and reports it sent.
    func sendMail(at time: Timestamp = start) async throws {
        let claimed = try await claim(at: time)
        let mail = try #require(claimed.first)
        let sent = Settlement.sent(reply: "250 ok", codeExpiresAt: time + .seconds(3600))
        #expect(try await settle(mail, as: sent, at: time))
    }

    func list(_ state: OutboxState?) async throws -> [OutboxEntry] {
        try await outbox.list(state: state, limit: 1000, deadline: soon)
    }

    func install(
        _ signup: NewSignup,
        issue: Int = 1,
        digest: CodeDigest? = nil,
        lifetime: Duration = .seconds(3600),
        at time: Timestamp = start
    ) async throws {
        let code = CodeInstallation(
            email: signup.email.identity,
            signupID: signup.id,
            issue: issue,
            digest: digest ?? codeDigest(signup, issue: issue),
            expiresAt: time + lifetime
        )
        try await codes.install(code, now: time, deadline: soon)
    }

    /// Guesses with the signup's id, as backends should.
    func guess(
        _ digest: CodeDigest,
        for signup: NewSignup,
        at time: Timestamp = start
    ) async throws -> GuessOutcome {
        try await guess(digest, email: signup.email.identity, signupID: signup.id, at: time)
    }

    /// Guesses by e-mail alone, unless `signupID` is given.
    func guess(
        _ digest: CodeDigest,
        email: String,
        signupID: SignupID? = nil,
        dailyGuesses: Int = 10,
        at time: Timestamp = start
    ) async throws -> GuessOutcome {
        let guess = CodeGuess(
            email: email,
            signupID: signupID,
            digests: [digest],
            tries: 5,
            dailyGuesses: dailyGuesses
        )
        return try await codes.evaluate(guess, now: time, deadline: soon)
    }
}

/// A step that prepares a test did not come out as it must.
struct UnexpectedOutcome: Error {}
