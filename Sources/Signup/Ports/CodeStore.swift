// The port to live codes: their digests, expiries and wrong guesses.

/// A code about to be mailed.
public struct CodeInstallation: Sendable {
    /// The lower-cased address.
    public let email: String
    public let signupID: SignupID
    public let issue: Int
    public let digest: CodeDigest
    public let expiresAt: Timestamp

    public init(email: String, signupID: SignupID, issue: Int, digest: CodeDigest, expiresAt: Timestamp) {
        self.email = email
        self.signupID = signupID
        self.issue = issue
        self.digest = digest
        self.expiresAt = expiresAt
    }
}

/// A well-formed code that someone typed.
public struct CodeGuess: Sendable {
    /// The lower-cased address.
    public let email: String
    /// Compare with this signup's codes only; `nil`: with every live code of the address.
    public let signupID: SignupID?
    /// The guess under each secret that verifies; at least one, at most `SigningKeys.maximumCount`.
    public let digests: [CodeDigest]
    /// Wrong guesses that kill a code.
    public let tries: Int
    /// Wrong guesses by e-mail alone in 24 hours, after which the address is refused; 0 for no limit.
    public let dailyGuesses: Int

    public init(email: String, signupID: SignupID?, digests: [CodeDigest], tries: Int, dailyGuesses: Int) {
        self.email = email
        self.signupID = signupID
        self.digests = digests
        self.tries = tries
        self.dailyGuesses = dailyGuesses
    }
}

public enum GuessOutcome: Sendable, Equatable {
    /// The code was mailed for this signup. Also for a code that was marked used in the last ten minutes.
    ///
    /// `isEnding`: it is not marked, and it ends before ``VerificationCode/graceAfterUse`` is over. Whoever uses it now has to
    /// ``CodeStore/retire(signupID:email:now:)`` it, or it would not answer again for so long.
    case match(SignupID, isEnding: Bool = false)
    /// No live code equals it. `attemptsLeft` (of the signup's best code) only when asked with a signup id that has live codes.
    case incorrect(attemptsLeft: Int?)
    /// Asked with a signup id, all of whose unexpired codes are dead of wrong guesses.
    case exhausted
    /// Too many wrong guesses by e-mail alone. Nothing was compared.
    case rateLimited(retryAfter: Duration)
}

/// Live codes. Every call is atomic.
public protocol CodeStore: Sendable {
    /// Makes the code good until its expiry. Installing an issue again extends the expiry (never shortens it), and neither
    /// resets its guesses nor revives it once marked used or dead.
    func install(_ code: CodeInstallation, now: Timestamp, deadline: Deadline) async throws(BackendFailure)

    /// The same for many codes. What is wrong with one of them is no other's matter: each has its own result.
    func install(_ codes: [CodeInstallation], now: Timestamp, deadline: Deadline) async
        -> [Result<Void, BackendFailure>]

    /// Compares, and counts a wrong guess against each live code it was compared with. A match counts nothing.
    func evaluate(_ guess: CodeGuess, now: Timestamp, deadline: Deadline) async throws(BackendFailure) -> GuessOutcome

    /// Marks the codes of an activated signup used; each keeps matching for ``VerificationCode/graceAfterUse`` and no longer, so
    /// that a client that lost the reply gets it again. Best effort: queued without waiting, since the account store is the
    /// authority for "once" and for how long ago that was.
    func retire(signupID: SignupID, email: String, now: Timestamp)

    /// Whether the wrong guesses of a day are kept as safely as members are. If not, the account store counts them too.
    var keepsGuessesSafely: Bool { get }

    /// Takes back a count of wrong guesses by e-mail alone that was lost with this store's data: knows of `count` at least, as if
    /// they had been made at `date`. Best effort, queued without waiting.
    func recallWrongGuesses(_ count: Int, email: String, date: Timestamp, now: Timestamp)

    /// One round trip, for `service.health`.
    func ping(deadline: Deadline) async throws(BackendFailure)
}
