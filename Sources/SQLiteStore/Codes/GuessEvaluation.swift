// A guess against the codes of an address: what comes of it, decided without a database.

internal import Signup

/// A code as it is stored.
struct StoredCode: Equatable {
    let signupID: SignupID
    let issue: Int
    let digest: [UInt8]
    let expiresAt: Timestamp
    let guesses: Int
    let usedUntil: Timestamp?

    /// Until when it can be typed: its expiry, or the end of the ten minutes in which a used code answers again.
    private var lastMoment: Timestamp { usedUntil ?? expiresAt }

    /// Can be typed, and is not dead of wrong guesses.
    func isLive(tries: Int, now: Timestamp) -> Bool {
        lastMoment > now && guesses < tries
    }

    /// Has not been used, and would not answer again for long enough if it were.
    func isEnding(now: Timestamp) -> Bool {
        usedUntil == nil && expiresAt < now + VerificationCode.graceAfterUse
    }

    /// Would be live but for wrong guesses.
    func isExhausted(tries: Int, now: Timestamp) -> Bool {
        lastMoment > now && guesses >= tries
    }
}

/// What a guess came to, and which codes it counts against.
struct GuessEvaluation: Equatable {
    let outcome: GuessOutcome
    let missed: [StoredCode]

    /// - Parameter codes: those of the address; of the one signup, if the guess names it.
    init(_ guess: CodeGuess, codes: [StoredCode], now: Timestamp) {
        // A used code is compared too, and a wrong guess counts against it: else it could be guessed at without end.
        let live = codes.filter { $0.isLive(tries: guess.tries, now: now) }
        if let match = Self.newestMatch(guess.digests, among: live) {
            outcome = .match(match.signupID, isEnding: match.isEnding(now: now))
            missed = []
            return
        }
        missed = live
        guard guess.signupID != nil else {
            outcome = .incorrect(attemptsLeft: nil)
            return
        }
        let isExhausted = live.isEmpty && codes.contains { $0.isExhausted(tries: guess.tries, now: now) }
        let attemptsLeft = live.map { guess.tries - $0.guesses - 1 }.max()
        outcome = isExhausted ? .exhausted : .incorrect(attemptsLeft: attemptsLeft)
    }

    /// Plain equality is safe here: both sides are HMACs under a secret, so how long a comparison takes tells about bytes that
    /// nobody without the secret can choose or turn back into a code.
    private static func newestMatch(_ digests: [CodeDigest], among codes: [StoredCode]) -> StoredCode? {
        codes.filter { code in digests.contains { $0.bytes == code.digest } }
            .max { ($0.expiresAt, $0.signupID, $0.issue) < ($1.expiresAt, $1.signupID, $1.issue) }
    }
}
