// resend: one more mail with a new code. The codes before it stay good until their own expiry.

extension SignupService {
    /// Owes the next issue of a pending signup: by id that one, by e-mail the address's newest.
    public func resend(_ request: ResendRequest, deadline: Deadline) async throws(ServiceFailure) -> MailReceipt {
        try requireSignupIDToChange(request.subject)
        let email = try request.subject.email.map { text throws(ServiceFailure) in try checkedEmail(text) }
        let identity = RequestIdentity(
            method: "resend",
            key: request.idempotencyKey,
            parameters: [request.subject.email, request.subject.signupID?.description]
        )
        return try await inTurn(of: identity) { () async throws(ServiceFailure) in
            // A replay comes before all else: the signup may have been verified since.
            if let receipt = try await replay(request, identity: identity, deadline: deadline) { return receipt }
            let target = try await target(request.subject, email: email, deadline: deadline)
            return try await owe(target, request: request, identity: identity, deadline: deadline)
        }
    }

    /// Whom a resend reaches.
    private struct Target {
        let address: EmailAddress
        /// `nil` for an address that nobody waits at (privacy mode): the answer is the same, and no mail leaves.
        let signupID: SignupID?
    }

    private func target(
        _ subject: Subject,
        email: EmailAddress?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Target {
        if let signup = try await pendingSignup(subject, email: email, deadline: deadline) {
            return Target(address: try checkedEmail(signup.email), signupID: signup.id)
        }
        // By id there is nothing to hide: nobody but who signed up knows it.
        guard policy.privacy == .private, subject.signupID == nil, let email else {
            throw .refused(.noPendingSignup)
        }
        return Target(address: email, signupID: nil)
    }

    private func pendingSignup(
        _ subject: Subject,
        email: EmailAddress?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> SignupRecord? {
        let found = try await backend { () async throws(BackendFailure) -> SignupRecord? in
            if let id = subject.signupID { return try await accounts.signup(id, deadline: deadline) }
            guard let email else { return nil }
            return try await accounts.newestPendingSignup(email: email.identity, deadline: deadline)
        }
        guard let signup = found, signup.state == .pending, email.map({ $0.identity == signup.email }) ?? true else {
            return nil
        }
        return signup
    }

    private func owe(
        _ target: Target,
        request: ResendRequest,
        identity: RequestIdentity?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> MailReceipt {
        let now = clock.now()
        let order = ResendOrder(
            signupID: target.signupID ?? SignupID(now: now),
            now: now,
            idempotency: identity?.idempotency(under: keys),
            dailyCap: policy.dailyCap(target.address),
            tellsMember: policy.privacy == .private
        )
        let admission = try await charge(
            mailTo: target.address,
            client: request.clientAddress,
            identity: identity,
            now: now,
            deadline: deadline
        ) { () async throws(ServiceFailure) in
            try await replay(request, identity: identity, deadline: deadline)
        }
        switch admission {
        case .replayed(let receipt): return receipt
        case .charged(let charges):
            return try await keeping(charges) { () async throws(ServiceFailure) in
                CrashPoint.resendBeforeCommit.reach()
                let outcome = try await backend { () async throws(BackendFailure) in
                    if target.signupID == nil { return try await accounts.resendSilently(order, deadline: deadline) }
                    return try await accounts.resend(order, deadline: deadline)
                }
                CrashPoint.resendAfterCommit.reach()
                let id = order.signupID
                let receipt = await receipt(for: id, mailedTo: target.address, at: now, deadline: deadline)
                return try owing(outcome, to: target.signupID, receipt: receipt, identity: identity)
            }
        }
    }

    /// The first answer again, without a charge; `nil` if there was none under this key.
    private func replay(
        _ request: ResendRequest,
        identity: RequestIdentity?,
        deadline: Deadline
    ) async throws(ServiceFailure) -> MailReceipt? {
        guard let identity else { return nil }
        let earlier = try await backend { () async throws(BackendFailure) in
            try await accounts.resend(recordedUnder: identity.key, deadline: deadline)
        }
        guard let earlier else { return nil }
        guard identity.matches(earlier.fingerprint, under: keys) else { throw .refused(.idempotencyConflict) }
        let signup = try await backend { () async throws(BackendFailure) in
            try await accounts.signup(earlier.signupID, deadline: deadline)
        }
        // The address of the request, if there is one: the fingerprint says it is the same, and an answer that came from a signup
        // would tell whether there is one. Neither a signup that was purged nor an address that is no longer accepted takes the
        // answer away.
        let email = (request.subject.email ?? signup?.email).flatMap { try? EmailAddress($0) }
        return await receipt(for: earlier.signupID, mailedTo: email, at: clock.now(), deadline: deadline)
    }

    private func owing(
        _ outcome: ResendOutcome,
        to signupID: SignupID?,
        receipt: MailReceipt,
        identity: RequestIdentity?
    ) throws(ServiceFailure) -> Owing {
        switch outcome {
        case .owed:
            if let signupID { bell.ring(owedTo: signupID) } else { bell.ring() }
            return Owing(receipt: receipt, isNew: true)
        case .replayed(let earlier):
            // Another process was first, between our look and our write.
            guard let identity, identity.matches(earlier.fingerprint, under: keys) else {
                throw .refused(.idempotencyConflict)
            }
            // The same parameters name the same signup, but for one that has become the address's newest since.
            let first = MailReceipt(
                signupID: earlier.signupID,
                expiresIn: receipt.expiresIn,
                resendAfter: receipt.resendAfter
            )
            return Owing(receipt: first, isNew: false)
        case .noPendingSignup: throw .refused(.noPendingSignup)
        case .dailyCapReached(let retryAfter): throw .refused(.rateLimited(retryAfter: retryAfter))
        }
    }
}
