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

    /// Good for a first use: unexpired, unused, and not dead of wrong guesses.
    func isLive(tries: Int, now: Timestamp) -> Bool {
        usedUntil == nil && expiresAt > now && guesses < tries
    }

    /// Used so lately that its client may be asking again.
    func isLatelyUsed(tries: Int, now: Timestamp) -> Bool {
        guard let usedUntil else { return false }
        return usedUntil > now && guesses < tries
    }

    /// Would be live but for wrong guesses.
    func isExhausted(tries: Int, now: Timestamp) -> Bool {
        usedUntil == nil && expiresAt > now && guesses >= tries
    }
}

/// What a guess came to, and which codes it counts against.
struct GuessEvaluation: Equatable {
    let outcome: GuessOutcome
    let missed: [StoredCode]

    /// - Parameter codes: those of the address; of the one signup, if the guess names it.
    init(_ guess: CodeGuess, codes: [StoredCode], now: Timestamp) {
        let live = codes.filter { $0.isLive(tries: guess.tries, now: now) }
        let used = codes.filter { $0.isLatelyUsed(tries: guess.tries, now: now) }
        if let match = Self.newestMatch(guess.digests, among: live + used) {
            outcome = .match(match.signupID)
            missed = []
            return
        }
        missed = live
        guard guess.signupID != nil else {
            outcome = .incorrect(attemptsLeft: nil)
            return
        }
        let isExhausted =
            live.isEmpty && used.isEmpty && codes.contains { $0.isExhausted(tries: guess.tries, now: now) }
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
