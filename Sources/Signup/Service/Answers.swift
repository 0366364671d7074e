// What the service answers. A refusal is an expected outcome, not a failure: the wire has one reason for each.

/// Why a request was refused. Nothing was changed, but for the counting of a wrong guess.
public enum Refusal: Error, Sendable, Equatable {
    case emailTaken
    case nicknameTaken
    /// The hint says what to mend, never what was sent.
    case invalidEmail(hint: String)
    case invalidNickname(hint: String)
    case invalidPassword(hint: String)
    /// `attemptsLeft` only when asked with a signup id: it would tell who signed up.
    case codeIncorrectOrExpired(attemptsLeft: Int?)
    case tooManyAttempts
    case rateLimited(retryAfter: Duration)
    case idempotencyConflict
    case noPendingSignup
    /// Asked by e-mail alone where the operator allows that no longer. The hint says which setting.
    case signupIDRequired(hint: String)
}

/// Why there is no answer: refused, or a backend could not do its part.
public enum ServiceFailure: Error, Sendable {
    case refused(Refusal)
    case backend(BackendFailure)
}

/// A code is on its way.
public struct MailReceipt: Sendable, Equatable {
    public let signupID: SignupID
    /// How long the code will live from its mailing.
    public let expiresIn: Duration
    /// When another mail may be asked for.
    public let resendAfter: Duration

    public init(signupID: SignupID, expiresIn: Duration, resendAfter: Duration) {
        self.signupID = signupID
        self.expiresIn = expiresIn
        self.resendAfter = resendAfter
    }
}

/// Where someone stands, and when they may ask for another mail.
public struct StatusReport: Sendable, Equatable {
    public let standing: Standing
    public let resendAfter: Duration

    public init(standing: Standing, resendAfter: Duration) {
        self.standing = standing
        self.resendAfter = resendAfter
    }
}
