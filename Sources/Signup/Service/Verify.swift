// verify: compare the code, activate the signup it was mailed for. The account store decides "once", and for how long after that the
// code answers again; only a code that would end sooner is marked used.

import Logging

extension SignupService {
    /// Makes a member of the signup the code was mailed for. The same code again gives the same answer for ten minutes.
    public func verify(_ request: VerifyRequest, deadline: Deadline) async throws(ServiceFailure) -> Member {
        try requireSignupIDToChange(request.subject)
        let email = try request.subject.email.map { text throws(ServiceFailure) in try checkedEmail(text) }
        let nickname = try request.nickname.map { text throws(ServiceFailure) in try checkedNickname(text) }
        // A malformed code is no guess: it is compared with nothing and counts nothing.
        guard let code = VerificationCode(typed: request.code) else {
            throw .refused(.codeIncorrectOrExpired(attemptsLeft: nil))
        }
        let now = clock.now()
        if let client = request.clientAddress {
            var charges = Charges(date: now)
            let subject = RateSubject(kind: .verify, name: client.limitSubject)
            try await charge(subject, rules: policy.verifyClientRules, to: &charges, deadline: deadline)
        }
        let address = try await addressToCompare(email: email, subject: request.subject, deadline: deadline)
        let guess = CodeGuess(
            email: address,
            signupID: request.subject.signupID,
            digests: keys.digests(of: code, email: address),
            tries: policy.codeTries,
            dailyGuesses: policy.guessesPerDay
        )
        if let redeemer {
            return try await redeem(guess, at: redeemer, nickname: nickname, now: now, deadline: deadline)
        }
        let match = try await evaluate(guess, now: now, deadline: deadline)
        let activation = Activation(signupID: match.signupID, nickname: nickname, now: now)
        let member = try await activate(activation, deadline: deadline)
        // Marking every code would cost as much as comparing it, for what the account store knows already.
        if match.isEnding { codes.retire(signupID: match.signupID, email: address, now: now) }
        CrashPoint.verifyBeforeAnswer.reach()
        return member
    }

    /// All in one step, where codes and accounts are in one store.
    private func redeem(
        _ guess: CodeGuess,
        at redeemer: any CodeRedeemer,
        nickname: Nickname?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Member {
        CrashPoint.verifyBeforeComparison.reach()
        let redemption = try await backend { () async throws(BackendFailure) in
            try await redeemer.redeem(guess, nickname: nickname, now: now, deadline: deadline)
        }
        CrashPoint.verifyBeforeAnswer.reach()
        switch redemption {
        case .unmatched(let outcome): throw refusal(of: outcome)
        case .matched(let outcome): return try member(outcome)
        }
    }

    /// With an e-mail no table is read; with a signup id alone its address is looked up.
    private func addressToCompare(
        email: EmailAddress?,
        subject: Subject,
        deadline: Deadline
    ) async throws(ServiceFailure) -> String {
        if let email { return email.identity }
        guard let id = subject.signupID else { throw .refused(.codeIncorrectOrExpired(attemptsLeft: nil)) }
        let signup = try await backend { () async throws(BackendFailure) in
            try await accounts.signup(id, deadline: deadline)
        }
        guard let signup else { throw .refused(.codeIncorrectOrExpired(attemptsLeft: nil)) }
        return signup.email
    }

    private func evaluate(
        _ guess: CodeGuess,
        now: Timestamp,
        deadline: Deadline
    ) async throws(ServiceFailure) -> (signupID: SignupID, isEnding: Bool) {
        CrashPoint.verifyBeforeComparison.reach()
        let outcome = try await backend { () async throws(BackendFailure) in
            try await codes.evaluate(guess, now: now, deadline: deadline)
        }
        CrashPoint.verifyAfterComparison.reach()
        if case .match(let signupID, let isEnding) = outcome { return (signupID, isEnding) }
        if case .incorrect = outcome, guess.signupID == nil {
            await countSafely(guess.email, now: now, deadline: deadline)
        }
        throw refusal(of: outcome)
    }

    private func refusal(of outcome: GuessOutcome) -> ServiceFailure {
        switch outcome {
        case .incorrect(let attemptsLeft): .refused(.codeIncorrectOrExpired(attemptsLeft: attemptsLeft))
        case .exhausted: .refused(.tooManyAttempts)
        case .rateLimited(let retryAfter): .refused(.rateLimited(retryAfter: retryAfter))
        case .match: preconditionFailure("a match is no refusal")
        }
    }

    /// Counts a wrong guess by e-mail alone where it outlives Redis, and tells Redis once it has forgotten too many.
    private func countSafely(_ email: String, now: Timestamp, deadline: Deadline) async {
        guard !codes.keepsGuessesSafely, let cap = policy.guessCap(email) else { return }
        do throws(BackendFailure) {
            let counted = try await accounts.count(cap, now: now, deadline: deadline)
            guard counted.count >= cap.maximum else { return }
            codes.recallWrongGuesses(cap.maximum, email: email, date: counted.resetsAt - cap.window, now: now)
        } catch {
            // Redis has counted it; this is for the day on which Redis loses its data.
            logger.debug("a wrong guess is counted in Redis only", metadata: ["cause": "\(error)"])
        }
    }

    /// Makes the member, or finds it. One that was made too long ago is not told again, whatever the codes know of their use.
    private func activate(
        _ activation: Activation,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Member {
        let outcome = try await backend { () async throws(BackendFailure) in
            try await accounts.activate(activation, deadline: deadline)
        }
        CrashPoint.verifyAfterActivation.reach()
        let member = try member(outcome)
        guard activation.now < member.verifiedAt + VerificationCode.graceAfterUse else {
            throw .refused(.codeIncorrectOrExpired(attemptsLeft: nil))
        }
        return member
    }

    private func member(_ outcome: ActivationOutcome) throws(ServiceFailure) -> Member {
        switch outcome {
        case .activated(let member): return member
        case .emailTaken: throw .refused(.emailTaken)
        case .nicknameTaken: throw .refused(.nicknameTaken)
        case .unknownSignup: throw .refused(.codeIncorrectOrExpired(attemptsLeft: nil))
        }
    }
}
