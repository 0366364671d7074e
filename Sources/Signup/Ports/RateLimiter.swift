// The port to short-lived limits: how often a subject may ask.

/// What is limited: a kind and whom it is about.
public struct RateSubject: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Mails to an address: signups and resends together.
        case mail
        /// Signups from a network address.
        case signup
        /// Verifications from a network address.
        case verify
    }

    public let kind: Kind
    /// ASCII, at most 254 bytes.
    public let name: String

    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }
}

/// At most `maximum` in any `window`: a sliding log, so that `retryAfter` is the truth.
public struct RateRule: Sendable, Hashable {
    /// 1–100.
    public let maximum: Int
    public let window: Duration

    public init(maximum: Int, window: Duration) {
        self.maximum = maximum
        self.window = window
    }
}

public enum ChargeOutcome: Sendable, Equatable {
    case charged
    /// A rule refuses; nothing was charged. After `retryAfter` the same charge passes, if nobody else charges meanwhile.
    case limited(retryAfter: Duration)
}

/// Counts in sliding windows. One atomic step a subject.
public protocol RateLimiter: Sendable {
    /// Charges one unit, dated `now`, unless a rule refuses.
    func charge(_ subject: RateSubject, rules: [RateRule], now: Timestamp, deadline: Deadline)
        async throws(BackendFailure) -> ChargeOutcome

    /// Takes a charge of that very date back: what it was for did not happen. Best effort, queued without waiting.
    func refund(_ subject: RateSubject, chargedAt: Timestamp)

    /// How long until a charge would pass; zero if it would pass now. Charges nothing.
    func delay(_ subject: RateSubject, rules: [RateRule], now: Timestamp, deadline: Deadline)
        async throws(BackendFailure) -> Duration
}
