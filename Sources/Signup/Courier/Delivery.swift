// One attempt to send one row, step by step.

extension Courier {
    /// How an attempt ended for the courier; what it meant for the row is already in the outbox.
    enum Delivery {
        /// The row has its outcome.
        case settled
        /// Something everyone needs is away; the row is owed as before.
        case fault(String)
        /// Not begun: the lease goes back.
        case release
        /// Another courier owns the row by now.
        case lost
    }

    func deliver(_ mail: OwedMail) async -> Delivery {
        guard let recipient = try? EmailAddress(mail.recipient) else {
            // The rules grew stricter since the signup; the reason is the same for every such row.
            return await settle(mail, as: .dead(reply: "the address is no longer accepted"))
        }
        guard let key = signingKey(of: mail) else {
            return await settle(mail, as: .reissued(reply: "the secret that derived this code is gone"))
        }
        do throws(BackendFailure) {
            return try await deliver(mail, to: recipient, key: key)
        } catch {
            return await postpone(mail, reason: error.description)
        }
    }

    /// The secret that derived the code first. A mail without a code depends on none.
    private func signingKey(of mail: OwedMail) -> SigningKey? {
        guard mail.template.carriesCode, let keyID = mail.keyID else { return keys.current }
        return keys.key(keyID)
    }

    private func deliver(
        _ mail: OwedMail,
        to recipient: EmailAddress,
        key: SigningKey
    ) async throws(BackendFailure) -> Delivery {
        let code = mail.template.carriesCode ? key.code(for: mail.signupID, issue: mail.issue) : nil
        guard try await confirm(mail, key: key) else { return .lost }
        let now = clock.now()
        let expiresAt = now + policy.sendTimeout + policy.codeLifetime
        let installation = CodeInstallation(
            email: recipient.identity,
            signupID: mail.signupID,
            issue: mail.issue,
            // A decoy has something to be guessed at, and to count against, too.
            digest: code.map { key.digest(of: $0, email: recipient.identity) } ?? .ofNoCode(),
            expiresAt: expiresAt
        )
        CrashPoint.sendBeforeInstall.reach()
        // Installed before the mail leaves: whoever reads the mail finds the code alive.
        try await codes.install(installation, now: now, deadline: .now + policy.storeTimeout)
        CrashPoint.sendAfterInstall.reach()
        // The lease must outlast the send: two thirds of it left now, a third gone at the latest when the send begins, and a
        // third for the send. A process that was stopped in between finds out here, and gives the row back.
        let askedAt = ContinuousClock.now
        guard try await confirm(mail, key: key, leaving: policy.sendTimeout * 2) else { return .release }
        let message = MailMessage(
            recipient: recipient,
            content: composer.compose(mail.template, code: code, locale: mail.locale, lifetime: policy.codeLifetime),
            messageIDLocalPart: "\(mail.signupID).\(mail.template.rawValue).\(mail.issue)",
            date: mail.createdAt
        )
        guard ContinuousClock.now - askedAt < policy.sendTimeout else { return .release }
        return await send(message, for: mail, codeExpiresAt: expiresAt)
    }

    /// Whether the lease is still ours and goes on for at least `margin`.
    private func confirm(
        _ mail: OwedMail,
        key: SigningKey,
        leaving margin: Duration = .zero
    ) async throws(BackendFailure) -> Bool {
        let now = clock.now() + margin
        return try await outbox.confirm(mail.lease, keyID: key.id, now: now, deadline: .now + policy.storeTimeout)
    }

    private func send(_ message: MailMessage, for mail: OwedMail, codeExpiresAt: Timestamp) async -> Delivery {
        do throws(MailFailure) {
            CrashPoint.sendBeforeTransport.reach()
            let reply = try await transport.send(message)
            CrashPoint.sendAfterTransport.reach()
            return await settle(mail, as: .sent(reply: reply, codeExpiresAt: codeExpiresAt))
        } catch {
            CrashPoint.sendAfterFailure.reach()
            let disposition = policy.disposition(
                of: error,
                attempts: mail.attempts,
                owedSince: clock.now().since(mail.createdAt),
                jitter: Double.random(in: -1...1)
            )
            switch disposition {
            case .retry(let pause):
                let dueAt = clock.now() + pause
                return await settle(mail, as: .retry(dueAt: dueAt, reply: error.description, countsAttempt: true))
            case .dead:
                return await settle(mail, as: .dead(reply: error.description))
            case .transport:
                return await postpone(mail, reason: error.description)
            }
        }
    }

    /// Owes the row again at once, its attempt given back; the breaker decides when "at once" is.
    private func postpone(_ mail: OwedMail, reason: String) async -> Delivery {
        let settlement = Settlement.retry(dueAt: clock.now(), reply: reason, countsAttempt: false)
        if case .lost = await settle(mail, as: settlement) { return .lost }
        return .fault(reason)
    }

    /// Writes the outcome down, again and again while the store is away and the lease may still be ours: a mail that was
    /// accepted must not be sent twice for want of a note.
    private func settle(_ mail: OwedMail, as settlement: Settlement) async -> Delivery {
        let giveUpAt = ContinuousClock.now + policy.lease
        // An answer that was lost: the next try finds the row settled already, by us.
        var mayBeDone = false
        while true {
            do throws(BackendFailure) {
                let now = clock.now()
                let deadline = Deadline.now + policy.storeTimeout
                let isOurs = try await outbox.settle(mail.lease, as: settlement, now: now, deadline: deadline)
                guard isOurs || mayBeDone else { return .lost }
                CrashPoint.sendAfterSettlement.reach()
                if settlement.isFinal { bell.settled(mail.signupID) }
                return .settled
            } catch {
                if error.kind == .outcomeUnknown { mayBeDone = true }
                guard ContinuousClock.now < giveUpAt, !Task.isCancelled else { return .fault(error.description) }
                // Uncancelled: sleeping is all there is to do. Cancelled: the guard above ends the loop.
                try? await Task.sleep(for: policy.transportRetryBase)
            }
        }
    }
}

extension Settlement {
    /// Whether nothing more is owed for this row.
    fileprivate var isFinal: Bool {
        switch self {
        case .sent, .dead: true
        case .retry, .reissued: false
        }
    }
}
