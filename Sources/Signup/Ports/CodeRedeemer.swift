// The port of a store that holds both the codes and the accounts, and so can verify in one step.

/// What became of a code that was typed.
public enum Redemption: Sendable, Equatable {
    /// It is nobody's: any outcome but a match.
    case unmatched(GuessOutcome)
    /// It is a signup's, which was activated, or could not be.
    case matched(ActivationOutcome)
}

/// Does in one atomic step what comparing the code, activating the signup it was mailed for and marking it used do in three.
public protocol CodeRedeemer: Sendable {
    /// Compares, activates and marks used; a `nickname` replaces the signup's own.
    func redeem(
        _ guess: CodeGuess,
        nickname: Nickname?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Redemption
}
