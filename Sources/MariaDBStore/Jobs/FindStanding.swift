// Where someone stands, with the newest mail they were owed: one round trip.

import Signup

struct FindStanding: Operation {
    let reference: SignupReference

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Standing {
        let (statement, values): (Statement, [Parameter])
        switch reference {
        case .email(let email):
            guard email.canBeAddress else { return .none }
            (statement, values) = (Self.byEmail, [.text(email), .text(email)])
        case .id(let id):
            (statement, values) = (Self.byID, [.id(id), .id(id)])
        }
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            try connection.query(statement, values, Self.standing).first ?? .none
        }
    }

    private static func standing(_ row: ResultRow) throws(DatabaseError) -> Standing {
        var mail: Standing.Mail?
        if try row.optionalText(2) != nil {
            mail = Standing.Mail(
                state: try row.named(OutboxState.self, 2),
                attempts: try row.count(3),
                lastReply: try row.optionalText(4),
                sentAt: try row.optionalTime(5)
            )
        }
        return Standing(state: try row.flag(0) ? .active : .pending, email: try row.text(1), mail: mail)
    }

    /// A member; else the newest pending signup.
    private static let byEmail = Statement(
        """
        SELECT person.is_member, person.email, o.state, o.attempts, o.last_reply, o.sent_at
        FROM (
            SELECT 1 AS is_member, signup_id, email FROM members WHERE email = ?
            UNION ALL
            (SELECT 0, id, email FROM signups WHERE email = ? AND state = 'pending' ORDER BY id DESC LIMIT 1)
            ORDER BY is_member DESC LIMIT 1
        ) AS person
        LEFT JOIN outbox AS o ON o.signup_id = person.signup_id
        ORDER BY o.issue DESC LIMIT 1
        """
    )
    /// The member it became, should the signup itself be gone; else the signup.
    private static let byID = Statement(
        """
        SELECT person.is_member, person.email, o.state, o.attempts, o.last_reply, o.sent_at
        FROM (
            SELECT 1 AS is_member, signup_id, email FROM members WHERE signup_id = ?
            UNION ALL
            SELECT 0, id, email FROM signups WHERE id = ? AND state = 'pending'
            ORDER BY is_member DESC LIMIT 1
        ) AS person
        LEFT JOIN outbox AS o ON o.signup_id = person.signup_id
        ORDER BY o.issue DESC LIMIT 1
        """
    )
}
