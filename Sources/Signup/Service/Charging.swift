// Limits are charged before the costly part and given back when nothing came of it.

extension SignupService {
    /// What was charged for one request, to give back if it comes to nothing.
    struct Charges {
        var subjects: [RateSubject] = []
        let date: Timestamp
    }

    /// Charges the client's network address and the mail's own address, or refuses and charges neither.
    func charge(
        mailTo email: EmailAddress,
        client: ClientAddress?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(ServiceFailure) -> Charges {
        var charges = Charges(date: now)
        if let client {
            let subject = RateSubject(kind: .signup, name: client.limitSubject)
            try await charge(subject, rules: policy.signupClientRules, to: &charges, deadline: deadline)
        }
        try await charge(mailSubject(email), rules: policy.mailRules, to: &charges, deadline: deadline)
        return charges
    }

    /// What became of a charge for a mail.
    enum Admission {
        case charged(Charges)
        /// The limits were used up by this very request, sent to another process, which has answered it.
        case replayed(MailReceipt)
    }

    /// Where a twin of this request may be, another process, it charges first and commits once the password is hashed. Before
    /// its charge refuses us, we look what became of it: now, after a hash, and after a hash in a queue.
    private static let looksForTwin: [Duration] = [.zero, .milliseconds(100), .milliseconds(300)]

    /// Charges for a mail, unless the same request under the same key has been answered.
    func charge(
        mailTo email: EmailAddress,
        client: ClientAddress?,
        identity: RequestIdentity?,
        now: Timestamp,
        deadline: Deadline,
        replay: () async throws(ServiceFailure) -> MailReceipt?
    ) async throws(ServiceFailure) -> Admission {
        do throws(ServiceFailure) {
            return .charged(try await charge(mailTo: email, client: client, now: now, deadline: deadline))
        } catch {
            guard identity != nil, case .refused(.rateLimited) = error else { throw error }
            for pause in Self.looksForTwin {
                // Cancelled: nobody waits for the answer, and three looks without a pause do no harm.
                try? await Task.sleep(for: pause)
                if let receipt = try await replay() { return .replayed(receipt) }
            }
            throw error
        }
    }

    /// Charges one subject. If it cannot be, gives back what was charged before it.
    func charge(
        _ subject: RateSubject,
        rules: [RateRule],
        to charges: inout Charges,
        deadline: Deadline
    ) async throws(ServiceFailure) {
        guard !rules.isEmpty else { return }
        let date = charges.date
        let outcome: ChargeOutcome
        do throws(BackendFailure) {
            outcome = try await limiter.charge(subject, rules: rules, now: date, deadline: deadline)
        } catch {
            refund(charges)
            throw .backend(error)
        }
        switch outcome {
        case .charged:
            charges.subjects.append(subject)
        case .limited(let retryAfter):
            refund(charges)
            throw .refused(.rateLimited(retryAfter: retryAfter))
        }
    }

    /// Runs what was charged for, and gives the charges back unless it owed a mail (or may have).
    func keeping(
        _ charges: Charges,
        _ body: () async throws(ServiceFailure) -> Owing
    ) async throws(ServiceFailure) -> MailReceipt {
        do throws(ServiceFailure) {
            let owing = try await body()
            if !owing.isNew { refund(charges) }
            return owing.receipt
        } catch {
            if !error.mayHaveHappened { refund(charges) }
            throw error
        }
    }

    /// An answer, and whether it owes a mail that nobody owed before.
    struct Owing {
        let receipt: MailReceipt
        let isNew: Bool
    }

    func refund(_ charges: Charges) {
        for subject in charges.subjects { limiter.refund(subject, chargedAt: charges.date) }
    }

    func mailSubject(_ email: EmailAddress) -> RateSubject {
        RateSubject(kind: .mail, name: email.limitSubject)
    }
}

extension ServiceFailure {
    /// Whether the change may have been made all the same: then what was charged for it stays charged.
    fileprivate var mayHaveHappened: Bool {
        if case .backend(let failure) = self { return failure.kind == .outcomeUnknown }
        return false
    }
}
