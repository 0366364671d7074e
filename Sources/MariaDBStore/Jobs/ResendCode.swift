// One more mail for a pending signup: the next issue.

import Signup
import Synchronization

struct ResendCode: Operation {
    let order: ResendOrder

    /// What an attempt wrote, by which a repetition knows it again: outbox ids are not handed out twice.
    private struct Written {
        let outboxID: Int64
        let issue: Int
    }

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> ResendOutcome {
        var written: Written?
        return try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            let connection = attempt.connection
            if attempt.isRepeat, let written, try exists(written, on: connection) {
                return .rollBack(.owed(issue: written.issue))
            }
            if let replay = try replay(on: connection) { return .rollBack(replay) }
            guard let signup = try lockPending(on: connection), order.tellsMember || signup.template.carriesCode else {
                return .rollBack(.noPendingSignup)
            }
            // Whoever held the lock may have been the same request.
            if let replay = try replay(on: connection) { return .rollBack(replay) }
            if let retryAfter = try order.dailyCap?.charge(now: order.now, on: connection) {
                return .rollBack(.dailyCapReached(retryAfter: retryAfter))
            }
            let issue = signup.issue + 1
            guard let outboxID = try owe(issue, of: signup, on: connection) else { throw .overtaken }
            written = Written(outboxID: outboxID, issue: issue)
            try connection.execute(Self.advance, [.integer(issue), .id(order.signupID)])
            return .commit(.owed(issue: issue))
        }
    }

    private func exists(_ written: Written, on connection: MariaDBConnection) throws(DatabaseError) -> Bool {
        let values: [Parameter] = [
            .integer(written.outboxID), .id(order.signupID), .integer(written.issue), .time(order.now),
        ]
        return try !connection.query(Self.findWritten, values) { row throws(DatabaseError) in try row.integer(0) }
            .isEmpty
    }

    /// What an earlier request of the same key was answered.
    private func replay(on connection: MariaDBConnection) throws(DatabaseError) -> ResendOutcome? {
        guard let key = order.idempotency?.key else { return nil }
        return try FindResend(idempotencyKey: key).find(on: connection).map(ResendOutcome.replayed)
    }

    struct Pending {
        let issue: Int
        let recipient: String
        let locale: String?
        /// A code, or a word about the account that the address has become.
        let template: MailTemplate
    }

    func lockPending(on connection: MariaDBConnection) throws(DatabaseError) -> Pending? {
        try connection.query(Self.lock, [.id(order.signupID)]) { row throws(DatabaseError) in
            Pending(
                issue: try row.count(0),
                recipient: try row.text(1),
                locale: try row.optionalText(2),
                template: try row.flag(3) ? .accountExists : .verifyEmail
            )
        }.first
    }

    /// `nil` if a request of the same key about another signup came first.
    private func owe(
        _ issue: Int,
        of signup: Pending,
        on connection: MariaDBConnection
    ) throws(DatabaseError) -> Int64? {
        let mail = OweMail(
            signupID: order.signupID,
            template: signup.template,
            issue: issue,
            recipient: signup.recipient,
            locale: signup.locale,
            now: order.now,
            idempotency: order.idempotency
        )
        do { return try mail.insert(on: connection) } catch {
            if error.kind == .duplicate(key: "outbox_idempotency_key") { return nil }
            throw error
        }
    }

    private static let findWritten = Statement(
        "SELECT id FROM outbox WHERE id = ? AND signup_id = ? AND issue = ? AND created_at = ?"
    )
    private static let lock = Statement(
        """
        SELECT issue, recipient, locale, EXISTS (SELECT 1 FROM members WHERE members.email = signups.email)
        FROM signups WHERE id = ? AND state = 'pending' FOR UPDATE
        """
    )
    static let advance = Statement("UPDATE signups SET issue = ?, expires_at = NULL WHERE id = ?")
}
