// Writes down when signups end whose mail was given up or dropped.

import Signup

/// Those of the signups that are owed no more mail: they live as long as the last code that left, and end now if none did.
struct EndOfSignups {
    let ids: Set<SignupID>
    /// From its mailing, at most.
    let earlierCodesLive: Duration
    let now: Timestamp

    /// After the mail's rows have changed, with the signups' rows locked.
    func write(on connection: MariaDBConnection) throws(DatabaseError) {
        for some in ids.sorted().inLists() {
            let list = Self.statement.padded(some.map { .id($0) })
            let values: [Parameter] = [.integer(earlierCodesLive.wholeMilliseconds * 1000), .time(now)]
            try connection.execute(list.statement, values + list.values)
        }
    }

    /// The index is named: right after many signups the server's statistics are old, and it would look through all queued mail.
    private static let statement = ListStatement(
        """
        UPDATE signups SET expires_at = COALESCE((
            SELECT MAX(sent_at) FROM outbox FORCE INDEX (outbox_issue)
            WHERE outbox.signup_id = signups.id AND outbox.state = 'sent'
        ) + INTERVAL ? MICROSECOND, ?)
        WHERE id IN (?*) AND expires_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM outbox FORCE INDEX (outbox_issue)
            WHERE outbox.signup_id = signups.id AND outbox.state = 'queued'
        )
        """
    )
}
