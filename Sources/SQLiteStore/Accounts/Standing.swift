// Where someone stands, and how their newest mail fares.

internal import Signup

extension Transaction {
    func standing(of reference: SignupReference) throws(BackendFailure) -> Standing {
        switch reference {
        case .email(let email): try standing(email: email)
        case .id(let id): try standing(id: id)
        }
    }

    private func standing(email: String) throws(BackendFailure) -> Standing {
        let memberSignup = try first(
            "SELECT signup_id FROM members WHERE email = ?",
            [email]
        ) { row throws(BackendFailure) in try row.signupID(0) }
        if let memberSignup {
            return Standing(state: .active, email: email, mail: try newestMail(of: memberSignup))
        }
        guard let signup = try newestPendingSignup(email: email) else { return .none }
        return Standing(state: .pending, email: email, mail: try newestMail(of: signup.id))
    }

    private func standing(id: SignupID) throws(BackendFailure) -> Standing {
        if let member = try member(signupID: id) {
            return Standing(state: .active, email: member.email, mail: try newestMail(of: id))
        }
        guard let signup = try signup(id), signup.state == .pending else { return .none }
        return Standing(state: .pending, email: signup.email, mail: try newestMail(of: id))
    }

    private func newestMail(of id: SignupID) throws(BackendFailure) -> Standing.Mail? {
        try first(
            """
            SELECT state, attempts, last_reply, sent_at FROM outbox
            WHERE signup_id = ? ORDER BY issue DESC LIMIT 1
            """,
            [id]
        ) { row throws(BackendFailure) in
            Standing.Mail(
                state: try row.outboxState(0),
                attempts: row.count(1),
                lastReply: row.optionalText(2),
                sentAt: row.optionalTime(3)
            )
        }
    }
}
