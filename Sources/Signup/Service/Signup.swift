// signup: replay, rules, 409s, limits, hash, commit, in that order. Nothing waits for mail.

extension SignupService {
    /// Records a signup and owes its mail, in one transaction.
    ///
    /// Asked again with the same idempotency key and parameters, it gives the first answer again.
    public func signUp(_ request: SignupRequest, deadline: Deadline) async throws(ServiceFailure) -> MailReceipt {
        let identity = RequestIdentity(
            method: "signup",
            key: request.idempotencyKey,
            parameters: [request.email, request.nickname, request.locale, request.clientAddress?.limitSubject]
        )
        return try await inTurn(of: identity) { () async throws(ServiceFailure) in
            // Before every rule: what was accepted once is answered as before, however strict the rules are by now.
            if let receipt = try await replay(request, identity: identity, deadline: deadline) { return receipt }
            let candidate = try await candidate(request, identity: identity, deadline: deadline)
            return try await admit(candidate, deadline: deadline)
        }
    }

    /// A request whose every part keeps the rules.
    private struct Candidate {
        let request: SignupRequest
        let identity: RequestIdentity?
        let email: EmailAddress
        let nickname: Nickname
        let password: Password
    }

    private func candidate(
        _ request: SignupRequest,
        identity: RequestIdentity?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Candidate {
        let email = try checkedEmail(request.email)
        let nickname = try checkedNickname(request.nickname)
        return Candidate(
            request: request,
            identity: identity,
            email: email,
            nickname: nickname,
            password: try await checkedPassword(request, email: email, nickname: nickname, deadline: deadline)
        )
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
                dailyCap: policy.dailyCap(candidate.email),
                idempotencyKey: candidate.identity?.key,
                now: now,
                deadline: deadline
            )
        }
        if let earlier = survey.replayed {
            return try await replay(earlier, to: candidate.request, identity: candidate.identity, deadline: deadline)
        }
        if survey.emailIsTaken, policy.privacy == .open { throw .refused(.emailTaken) }
        if survey.nicknameIsTaken { throw .refused(.nicknameTaken) }
        // Charged at the commit; looked at here, so that nobody over the cap costs a hash.
        if let wait = survey.dailyCapWait { throw .refused(.rateLimited(retryAfter: wait)) }
        // In private mode a member's address is taken like any other: the same charge, hash and commit, and a decoy that nobody
        // can verify. Only its owner learns the difference, by mail.
        let template: MailTemplate = survey.emailIsTaken ? .accountExists : .verifyEmail

        CrashPoint.signupBeforeCharge.reach()
        let admission = try await charge(
            mailTo: candidate.email,
            client: candidate.request.clientAddress,
            identity: candidate.identity,
            now: now,
            deadline: deadline
        ) { () async throws(ServiceFailure) in
            try await replay(candidate.request, identity: candidate.identity, deadline: deadline)
        }
        switch admission {
        case .replayed(let receipt): return receipt
        case .charged(let charges):
            return try await keeping(charges) { () async throws(ServiceFailure) in
                try await record(candidate, template: template, now: now, deadline: deadline)
            }
        }
    }

    private func record(
        _ candidate: Candidate,
        template: MailTemplate,
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
                locale: candidate.request.locale,
                template: template,
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
            let receipt = await receipt(for: id, mailedTo: candidate.email, at: now, deadline: deadline)
            CrashPoint.signupBeforeAnswer.reach()
            return Owing(receipt: receipt, isNew: true)
        case .replayed(let earlier):
            // Another process was first, between our look and our write.
            let request = candidate.request
            let receipt = try await replay(earlier, to: request, identity: candidate.identity, deadline: deadline)
            return Owing(receipt: receipt, isNew: false)
        case .dailyCapReached(let retryAfter):
            throw .refused(.rateLimited(retryAfter: retryAfter))
        }
    }

    /// The first answer again; `nil` if there was none under this key.
    private func replay(
        _ request: SignupRequest,
        identity: RequestIdentity?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> MailReceipt? {
        guard let identity else { return nil }
        let earlier = try await backend { () async throws(BackendFailure) in
            try await accounts.signup(recordedUnder: identity.key, deadline: deadline)
        }
        guard let earlier else { return nil }
        return try await replay(earlier, to: request, identity: identity, deadline: deadline)
    }

    /// The first answer again, if this is the same request: same parameters, and the password that made the stored hash.
    private func replay(
        _ earlier: SignupRecord,
        to request: SignupRequest,
        identity: RequestIdentity?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> MailReceipt {
        // One of any length: the rule may have changed since, and the hash decides.
        guard let identity, identity.matches(earlier.fingerprint, under: keys),
            let password = try? Password(request.password, minimumLength: 1)
        else { throw .refused(.idempotencyConflict) }
        let isSamePassword = try await backend { () async throws(BackendFailure) in
            try await hasher.verify(password, against: earlier.passwordHash, deadline: deadline)
        }
        guard isSamePassword else { throw .refused(.idempotencyConflict) }
        // An address that is no longer accepted still has its answer.
        let email = try? EmailAddress(earlier.email)
        return await receipt(for: earlier.id, mailedTo: email, at: clock.now(), deadline: deadline)
    }
}
