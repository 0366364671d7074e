// The second schema: what privacy mode and the cap of mails per hour need.

enum SchemaVersion2 {
    static let sql = silentResends + sentMail

    /// Resends by e-mail that reached nobody. They count and repeat like those that did, or the difference would show; nothing
    /// tells whose they were.
    private static let silentResends = """
        CREATE TABLE silent_resends (
            id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
            created_at      INTEGER NOT NULL,
            idempotency_key BLOB UNIQUE,
            fingerprint     BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX silent_resends_by_age ON silent_resends (created_at);

        """

    /// How many mails left in the last hour.
    private static let sentMail = """
        CREATE INDEX outbox_sent ON outbox (sent_at) WHERE state = 'sent';

        """
}
