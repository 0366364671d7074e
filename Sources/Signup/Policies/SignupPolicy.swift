// The house rules of signup, resend and verify: every limit a person can run into, in one place.

import Cryptography

/// Who may learn whether an address is a member's.
public enum Privacy: String, Sendable, CaseIterable {
    /// Whoever asks: signing up with a member's address is refused, and `status` answers by e-mail.
    case open
    /// Its owner only: every answer about a member's address is that about a new one.
    case `private`
}

/// How `verify` and `resend` may name whom they mean.
public enum VerifyBy: String, Sendable, CaseIterable {
    /// By e-mail, by signup id, or by both.
    case any
    /// By signup id, or by both: nobody types the code of a signup that a stranger made.
    case signupID = "signup_id"
}

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
    /// Signups from one client address in a window, where the backend says whose they are; 0 for no limit.
    public var signupsPerClient = 20
    /// Verifications from one client address in a window; 0 for no limit.
    public var verificationsPerClient = 30
    /// The window of the two limits per client address.
    public var clientWindow: Duration = .seconds(300)
    /// The shortest password, in code points.
    public var passwordMinimumLength = 8
    /// What a password must cost a guesser who knows the user's own words, in bits.
    public var passwordMinimumBits = 20.0
    /// Nicknames nobody may take.
    public var reservedNicknames = Nickname.ReservedWords.standard

    /// Who may learn whether an address is a member's.
    public var privacy = Privacy.open
    /// How `verify` and `resend` may name whom they mean.
    public var verifyBy = VerifyBy.any

    /// The rules of the design.
    public init() {}

    /// The short-lived rules for mail to one address.
    var mailRules: [RateRule] {
        var rules: [RateRule] = []
        if resendAfter > .zero { rules.append(RateRule(maximum: 1, window: resendAfter)) }
        if mailsPerHour > 0 { rules.append(RateRule(maximum: mailsPerHour, window: .seconds(3600))) }
        return rules
    }

    var signupClientRules: [RateRule] {
        signupsPerClient > 0 ? [RateRule(maximum: signupsPerClient, window: clientWindow)] : []
    }

    var verifyClientRules: [RateRule] {
        verificationsPerClient > 0 ? [RateRule(maximum: verificationsPerClient, window: clientWindow)] : []
    }

    /// The daily cap of wrong guesses by e-mail alone, as the account store counts them: by a digest, since no mail is owed and
    /// the address may be nobody's.
    func guessCap(_ email: String) -> DailyCap? {
        guard guessesPerDay > 0 else { return nil }
        let digest = Hexadecimal.encode(SHA256.digest(Array(email.utf8)))
        return DailyCap(subject: "guess:\(digest)", maximum: guessesPerDay)
    }

    /// The daily cap of an address, kept by the account store.
    func dailyCap(_ email: EmailAddress) -> DailyCap? {
        mailsPerDay > 0 ? DailyCap(subject: email.limitSubject, maximum: mailsPerDay) : nil
    }
}
