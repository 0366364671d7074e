// The code store's port. (Its `ping` is the account store's: they are one file.)

public import Signup

extension SQLiteStore: CodeStore {
    public func install(
        _ code: CodeInstallation,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.install(code) }
    }

    public func evaluate(
        _ guess: CodeGuess,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> GuessOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.evaluate(guess, now: now)
        }
    }

    public func retire(signupID: SignupID, email: String, now: Timestamp) {
        writeLater("marking a code used") { transaction throws(BackendFailure) in
            try transaction.retire(signupID: signupID, email: email, now: now)
        }
    }

    public var keepsGuessesSafely: Bool { true }

    /// They lie in one file with the accounts, and are lost with them or not at all.
    public func recallWrongGuesses(_ count: Int, email: String, date: Timestamp, now: Timestamp) {}
}

extension SQLiteStore: CodeRedeemer {
    public func redeem(
        _ guess: CodeGuess,
        nickname: Nickname?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Redemption {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.redeem(guess, nickname: nickname, now: now)
        }
    }
}
