// What a client is told once mail is owed: how long the code will live, and when another may be asked for.

import Logging

extension SignupService {
    /// A receipt that says the truth about the next mail, as far as the limits per minute and hour go. (The daily cap is the
    /// account store's; a resend that runs into it is told then.)
    ///
    /// - Parameter date: the date of the charge, for mail that is owed by this very request; else now.
    func receipt(
        for id: SignupID,
        mailedTo email: EmailAddress?,
        at date: Timestamp,
        deadline: Deadline
    ) async -> MailReceipt {
        var resendAfter = policy.resendAfter
        if let email {
            do throws(BackendFailure) {
                let subject = mailSubject(email)
                resendAfter = try await limiter.delay(subject, rules: policy.mailRules, now: date, deadline: deadline)
            } catch {
                // The mail is owed, whatever becomes of the limits: the plain rule is a better answer than an error.
                logger.debug("the limits cannot be asked", metadata: ["cause": "\(error)"])
            }
        }
        return MailReceipt(signupID: id, expiresIn: policy.codeLifetime, resendAfter: resendAfter)
    }
}
