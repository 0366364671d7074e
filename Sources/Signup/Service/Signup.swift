// signup: replay, rules, 409s, limits, hash, commit, in that order. Nothing waits for mail.

extension SignupService {
    /// Records a signup and owes its mail, in one transaction.
    ///
    /// Asked again with the same idempotency key and parameters, it gives the first answer again.
    public func signUp(_ request: SignupRequest, deadline: Deadline) async throws(ServiceFailure) -> MailReceipt {
        let email = try checkedEmail(request.email)
        let nickname = try checkedNickname(request.nickname)
        let password = try await checkedPassword(request, email: email, nickname: nickname, deadline: deadline)
        let identity = RequestIdentity(
            method: "signup",
            key: request.idempotencyKey,
            parameters: [request.email, request.nickname, request.locale, request.clientAddress?.limitSubject]
        )
        let candidate = Candidate(
            email: email,
            nickname: nickname,
            password: password,
            locale: request.locale,
            clientAddress: request.clientAddress,
            identity: identity
        )
        return try await inTurn(of: identity) { () async throws(ServiceFailure) in
            try await admit(candidate, deadline: deadline)
        }
    }

    /// A request whose every part keeps the rules.
    private struct Candidate {
        let email: EmailAddress
        let nickname: Nickname
        let password: Password
        let locale: String?
        let clientAddress: ClientAddress?
        let identity: RequestIdentity?
    }

    private func checkedPassword(
        _ request: SignupRequest,
        email: EmailAddress,
        nickname: Nickname,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Password {
        let password: Password
        do throws(Password.Invalid) {
            password = try Password(request.password, minimumLength: policy.passwordMinimumLength)
        } catch {
            throw .refused(.invalidPassword(hint: error.hint))
        }
        let bits = try await backend { () async throws(BackendFailure) in
            try await hasher.strengthBits(
                of: password,
                userWords: email.guessableWords + nickname.guessableWords,
                deadline: deadline
            )
        }
        guard bits >= policy.passwordMinimumBits else {
            throw .refused(.invalidPassword(hint: "too easy to guess: use several unrelated words, or more characters"))
        }
        return password
    }

    private func admit(_ candidate: Candidate, deadline: Deadline) async throws(ServiceFailure) -> MailReceipt {
        CrashPoint.signupBeforeSurvey.reach()
        let now = clock.now()
        let survey = try await backend { () async throws(BackendFailure) in
            try await accounts.survey(
                email: candidate.email,
                nickname: candidate.nickname,
                idempotencyKey: candidate.identity?.key,
                now: now,
                deadline: deadline
            )
        }
        if let earlier = survey.replayed {
            return try await replay(earlier, for: candidate, deadline: deadline)
        }
        if survey.emailIsTaken { throw .refused(.emailTaken) }
        if survey.nicknameIsTaken { throw .refused(.nicknameTaken) }

        CrashPoint.signupBeforeCharge.reach()
        let charges = try await charge(
            mailTo: candidate.email,
            client: candidate.clientAddress,
            now: now,
            deadline: deadline
        )
        return try await keeping(charges) { () async throws(ServiceFailure) in
            try await record(candidate, now: now, deadline: deadline)
        }
    }

    private func record(
        _ candidate: Candidate,
        now: Timestamp,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Owing {
        let id = SignupID(now: now)
        let outcome = try await backend { () async throws(BackendFailure) in
            CrashPoint.signupBeforeHash.reach()
            let passwordHash = try await hasher.hash(candidate.password, deadline: deadline)
            let signup = NewSignup(
                id: id,
                email: candidate.email,
                nickname: candidate.nickname,
                passwordHash: passwordHash,
                locale: candidate.locale,
                createdAt: now,
                idempotency: candidate.identity?.idempotency(under: keys),
                dailyCap: policy.dailyCap(candidate.email)
            )
            CrashPoint.signupBeforeCommit.reach()
            return try await accounts.record(signup, deadline: deadline)
        }
        CrashPoint.signupAfterCommit.reach()
        switch outcome {
        case .recorded:
            bell.ring(owedTo: id)
            CrashPoint.signupBeforeAnswer.reach()
            return Owing(receipt: receipt(for: id), isNew: true)
        case .replayed(let earlier):
            return Owing(receipt: try await replay(earlier, for: candidate, deadline: deadline), isNew: false)
        case .dailyCapReached(let retryAfter):
            throw .refused(.rateLimited(retryAfter: retryAfter))
        }
    }

    /// The first answer again, if this is the same request: same parameters, and the password that made the stored hash.
    private func replay(
        _ earlier: SignupRecord,
        for candidate: Candidate,
        deadline: Deadline
    ) async throws(ServiceFailure) -> MailReceipt {
        guard let identity = candidate.identity, identity.matches(earlier.fingerprint, under: keys) else {
            throw .refused(.idempotencyConflict)
        }
        let isSamePassword = try await backend { () async throws(BackendFailure) in
            try await hasher.verify(candidate.password, against: earlier.passwordHash, deadline: deadline)
        }
        guard isSamePassword else { throw .refused(.idempotencyConflict) }
        return receipt(for: earlier.id)
    }

    func receipt(for id: SignupID) -> MailReceipt {
        MailReceipt(signupID: id, expiresIn: policy.codeLifetime, resendAfter: policy.resendAfter)
    }
}
