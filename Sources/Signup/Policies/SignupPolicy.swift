// The house rules of signup, resend and verify: every limit a person can run into, in one place.

/// What is allowed, and how often. The defaults are those of the design.
public struct SignupPolicy: Sendable {
    /// How long a code lives from its mailing: an hour is enough to find a mail, too short to collect codes.
    public var codeLifetime: Duration = .seconds(3600)
    /// Wrong guesses that kill a code: with 30⁶ codes, five leave a guesser 1 in 146 million.
    public var codeTries = 5
    /// Wrong guesses by e-mail alone in 24 hours, after which the address is refused; 0 for no limit.
    public var guessesPerDay = 10
    /// The pause between two mails to one address; zero for none. Long enough for the first mail to arrive.
    public var resendAfter: Duration = .seconds(60)
    /// Mails to one address in an hour, signups and resends together; 0 for no limit.
    public var mailsPerHour = 5
    /// Mails to one address in a day; 0 for no limit. Counted in the account store: it outlives Redis.
    public var mailsPerDay = 10
    /// Signups from one client address in 5 minutes, where the backend says whose they are; 0 for no limit.
    public var signupsPerClient = 20
    /// Verifications from one client address in 5 minutes; 0 for no limit.
    public var verificationsPerClient = 30
    /// The shortest password, in code points.
    public var passwordMinimumLength = 8
    /// What a password must cost a guesser who knows the user's own words, in bits.
    public var passwordMinimumBits = 20.0
    /// Nicknames nobody may take.
    public var reservedNicknames = Nickname.ReservedWords.standard

    /// The rules of the design.
    public init() {}

    /// The window of the limits per client address.
    private static let clientWindow: Duration = .seconds(300)

    /// The short-lived rules for mail to one address.
    var mailRules: [RateRule] {
        var rules: [RateRule] = []
        if resendAfter > .zero { rules.append(RateRule(maximum: 1, window: resendAfter)) }
        if mailsPerHour > 0 { rules.append(RateRule(maximum: mailsPerHour, window: .seconds(3600))) }
        return rules
    }

    var signupClientRules: [RateRule] {
        signupsPerClient > 0 ? [RateRule(maximum: signupsPerClient, window: Self.clientWindow)] : []
    }

    var verifyClientRules: [RateRule] {
        verificationsPerClient > 0 ? [RateRule(maximum: verificationsPerClient, window: Self.clientWindow)] : []
    }

    /// The daily cap of an address, kept by the account store.
    func dailyCap(_ email: EmailAddress) -> DailyCap? {
        mailsPerDay > 0 ? DailyCap(subject: email.limitSubject, maximum: mailsPerDay) : nil
    }
}
