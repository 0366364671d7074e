// status: where someone stands. Reads only.

extension SignupService {
    /// Member, pending or none; by e-mail the newest signup, by id that one.
    public func status(of subject: Subject, deadline: Deadline) async throws(ServiceFailure) -> StatusReport {
        if policy.privacy == .private {
            try requireSignupID(subject, hint: "this server tells by signup_id only (SIGNUPD_PRIVACY=private)")
        }
        let email = try subject.email.map { text throws(ServiceFailure) in try checkedEmail(text) }
        let reference: SignupReference
        if let id = subject.signupID {
            reference = .id(id)
        } else if let email {
            reference = .email(email.identity)
        } else {
            return StatusReport(standing: .none, resendAfter: .zero)
        }
        let standing = try await backend { () async throws(BackendFailure) in
            try await accounts.standing(of: reference, deadline: deadline)
        }
        // Asked with both, the signup must be that address's.
        if let email, let known = standing.email, known != email.identity {
            return StatusReport(standing: .none, resendAfter: .zero)
        }
        return StatusReport(standing: standing, resendAfter: try await resendDelay(standing, deadline: deadline))
    }

    private func resendDelay(_ standing: Standing, deadline: Deadline) async throws(ServiceFailure) -> Duration {
        guard standing.state == .pending, let email = standing.email else { return .zero }
        let address = try checkedEmail(email)
        let now = clock.now()
        return try await backend { () async throws(BackendFailure) in
            try await limiter.delay(mailSubject(address), rules: policy.mailRules, now: now, deadline: deadline)
        }
    }
}
