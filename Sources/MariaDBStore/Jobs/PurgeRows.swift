// Deletes what nobody waits for any more, a bounded batch at a time.

import Signup

struct PurgeRows: Operation {
    let retention: Retention
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Int {
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            var count = 0
            // Outbox before signups: the order in which whoever settles, retries or drops mail locks them.
            for (statement, times) in steps {
                let values = times.map { Parameter.time($0) } + [.integer(retention.batchSize)]
                count += try attempt.connection.execute(statement, values)
            }
            return .commit(count)
        }
    }

    private var steps: [(Statement, [Timestamp])] {
        let keys = now - retention.idempotencyKeys
        return [
            (Self.sentMail, [now - retention.sentMail]),
            (Self.deadMail, [now - retention.deadMail]),
            (Self.resendKeys, [keys]),
            (Self.signups, [now - retention.unverifiedSignups, now]),
            (Self.signupKeys, [keys]),
            (Self.silentResends, [keys]),
            (Self.limits, [now]),
        ]
    }

    /// `due_at` of a settled row is when it was settled.
    private static let sentMail = Statement(
        "DELETE FROM outbox WHERE state = 'sent' AND due_at <= ? ORDER BY due_at LIMIT ?"
    )
    private static let deadMail = Statement(
        "DELETE FROM outbox WHERE state = 'dead' AND due_at <= ? ORDER BY due_at LIMIT ?"
    )
    /// Verified ones too: by then everything they say is their member's, and a second copy of a password hash is one too
    /// many. `expires_at` is NULL while mail is owed. A signup with a dead letter stays as long as the letter: an operator
    /// may still retry it.
    private static let signups = Statement(
        """
        DELETE FROM signups
        WHERE created_at <= ? AND expires_at <= ?
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.signup_id = signups.id AND outbox.state = 'dead')
        ORDER BY created_at LIMIT ?
        """
    )
    private static let signupKeys = Statement(
        """
        UPDATE signups SET idempotency_key = NULL, fingerprint = NULL, keyed_at = NULL
        WHERE keyed_at <= ? ORDER BY keyed_at LIMIT ?
        """
    )
    private static let resendKeys = Statement(
        """
        UPDATE outbox SET idempotency_key = NULL, fingerprint = NULL, keyed_at = NULL
        WHERE keyed_at <= ? ORDER BY keyed_at LIMIT ?
        """
    )
    private static let silentResends = Statement(
        "DELETE FROM silent_resends WHERE created_at <= ? ORDER BY created_at LIMIT ?"
    )
    private static let limits = Statement("DELETE FROM limits WHERE resets_at <= ? ORDER BY resets_at LIMIT ?")
}
