// What is done for the rows of one claim together, before each is sent by itself: confirm, install the codes, confirm.

/// A claimed row that can be sent as far as one can tell without asking anybody.
struct MailDraft {
    let mail: OwedMail
    let recipient: EmailAddress
    let key: SigningKey
    /// A mail of some templates has none.
    let code: VerificationCode?

    init(mail: OwedMail, recipient: EmailAddress, key: SigningKey) {
        self.mail = mail
        self.recipient = recipient
        self.key = key
        code = mail.template.carriesCode ? key.code(for: mail.signupID, issue: mail.issue) : nil
    }
}

/// A row whose turn with the transport may come.
struct ReadyMail {
    let draft: MailDraft
    let codeExpiresAt: Timestamp
    /// Begun later, the send could outlast the lease.
    let beginBy: ContinuousClock.Instant

    var mail: OwedMail { draft.mail }
}

/// A claimed row after the common steps.
enum PreparedMail {
    case ready(ReadyMail)
    /// There is nothing to send, and why.
    case ended(OwedMail, Courier.Ending)
}

extension Courier {
    /// Takes all rows of a claim through the steps before the transport. What is wrong with one of them is no other's matter.
    func prepare(_ claims: [OwedMail]) async -> [PreparedMail] {
        var batch = PreparationBatch()
        for mail in claims { batch.add(draft(of: mail)) }
        do throws(BackendFailure) {
            let ours = try await confirm(batch.drafts)
            batch.end(as: .lost) { !ours.contains($0.mail.lease) }
            let now = clock.now()
            let expiresAt = now + policy.installedCodeLifetime
            let failures = await install(batch.drafts, expiresAt: expiresAt, now: now)
            batch.end(failures)
            // The lease must outlast the send: two thirds of it left now, a third gone at the latest when the send begins, and
            // a third for the send. A process that was stopped in between finds out here, and gives the row back.
            let askedAt = ContinuousClock.now
            let lasting = try await confirm(batch.drafts, leaving: policy.sendTimeout * 2)
            batch.end(as: .unbegun) { !lasting.contains($0.mail.lease) }
            return batch.ready(codeExpiresAt: expiresAt, beginBy: askedAt + policy.sendTimeout)
        } catch {
            batch.end(as: .fault(error.description)) { _ in true }
            return batch.ended
        }
    }

    private func draft(of mail: OwedMail) -> Result<MailDraft, UnsendableMail> {
        guard let recipient = try? EmailAddress(mail.recipient) else {
            // The rules grew stricter since the signup; the reason is the same for every such row.
            return .failure(UnsendableMail(mail: mail, settlement: dead("the address is no longer accepted")))
        }
        // A mail without a code depends on no secret.
        guard let key = mail.template.carriesCode ? keys.key(mail.keyID) : keys.current else {
            let settlement = Settlement.reissued(reply: "the secret that derived this code is gone")
            return .failure(UnsendableMail(mail: mail, settlement: settlement))
        }
        return .success(MailDraft(mail: mail, recipient: recipient, key: key))
    }

    /// The leases that are still ours and go on for at least `margin`.
    private func confirm(
        _ drafts: [MailDraft],
        leaving margin: Duration = .zero
    ) async throws(BackendFailure) -> Set<LeaseReference> {
        guard !drafts.isEmpty else { return [] }
        let now = clock.now() + margin
        return try await outbox.confirm(drafts.map(\.mail.lease), now: now, deadline: .now + policy.storeTimeout)
    }

    /// Installed before the mail leaves: whoever reads the mail finds the code alive.
    private func install(
        _ drafts: [MailDraft],
        expiresAt: Timestamp,
        now: Timestamp
    ) async -> [LeaseReference: BackendFailure] {
        guard !drafts.isEmpty else { return [:] }
        let installations = drafts.map { installation(of: $0, expiresAt: expiresAt) }
        drafts.forEach { _ in CrashPoint.sendBeforeInstall.reach() }
        let results = await codes.install(installations, now: now, deadline: .now + policy.storeTimeout)
        drafts.forEach { _ in CrashPoint.sendAfterInstall.reach() }
        var failures: [LeaseReference: BackendFailure] = [:]
        for (draft, result) in zip(drafts, results) {
            if case .failure(let failure) = result { failures[draft.mail.lease] = failure }
        }
        return failures
    }

    private func installation(of draft: MailDraft, expiresAt: Timestamp) -> CodeInstallation {
        let email = draft.recipient.identity
        return CodeInstallation(
            email: email,
            signupID: draft.mail.signupID,
            issue: draft.mail.issue,
            // A decoy has something to be guessed at, and to count against, too.
            digest: draft.code.map { draft.key.digest(of: $0, email: email) } ?? .ofNoCode(),
            expiresAt: expiresAt
        )
    }
}

/// A row that will never be sent.
private struct UnsendableMail: Error {
    let mail: OwedMail
    let settlement: Settlement
}

/// The rows of one claim: those that go on, and those whose way has ended.
private struct PreparationBatch {
    private(set) var drafts: [MailDraft] = []
    private(set) var ended: [PreparedMail] = []

    mutating func add(_ draft: Result<MailDraft, UnsendableMail>) {
        switch draft {
        case .success(let draft): drafts.append(draft)
        case .failure(let failure): ended.append(.ended(failure.mail, .settles(failure.settlement)))
        }
    }

    mutating func end(as ending: Courier.Ending, where isOver: (MailDraft) -> Bool) {
        ended += drafts.filter(isOver).map { .ended($0.mail, ending) }
        drafts.removeAll(where: isOver)
    }

    mutating func end(_ failures: [LeaseReference: BackendFailure]) {
        for (lease, failure) in failures {
            end(as: .fault(failure.description)) { $0.mail.lease == lease }
        }
    }

    func ready(codeExpiresAt: Timestamp, beginBy: ContinuousClock.Instant) -> [PreparedMail] {
        ended
            + drafts.map { .ready(ReadyMail(draft: $0, codeExpiresAt: codeExpiresAt, beginBy: beginBy)) }
    }
}
