// Queueing one mail.

internal import Signup

/// The n-th mail of a signup, about to be owed.
struct Issue {
    let signupID: SignupID
    let template: MailTemplate
    let number: Int
    /// The address as typed.
    let recipient: String
    let locale: String?
    /// The client's key, where the request that asked for this mail (a resend) had one.
    let idempotency: Idempotency?
}

extension Transaction {
    /// Adds the outbox row, due now.
    func owe(_ issue: Issue, now: Timestamp) throws(BackendFailure) {
        try change(
            """
            INSERT INTO outbox (signup_id, template, issue, recipient, locale, due_at, created_at, idempotency_key,
                fingerprint)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                issue.signupID, issue.template.rawValue, issue.number, issue.recipient, issue.locale,
                now, now, issue.idempotency?.key, issue.idempotency?.fingerprint,
            ]
        )
    }
}

extension Columns {
    func outboxState(_ index: Int32) throws(BackendFailure) -> OutboxState {
        guard let state = OutboxState(rawValue: text(index)) else {
            throw SQLiteFailure.damaged("mail in an unknown state")
        }
        return state
    }

    func template(_ index: Int32) throws(BackendFailure) -> MailTemplate {
        guard let template = MailTemplate(rawValue: text(index)) else {
            throw SQLiteFailure.damaged("mail of an unknown template")
        }
        return template
    }
}
