// The first schema: the tables of the design, as SQLite likes them.

/// Times are INTEGER milliseconds since 1970, UTC: they compare and add exactly, have no zone, and are what the domain
/// counts in. `datetime(created_at / 1000, 'unixepoch')` reads them. Ids are 16 bytes. Every table is STRICT.
enum SchemaVersion1 {
    static let sql = members + signups + outbox + limits + codes + charges + accounts

    /// AUTOINCREMENT: the id of a member who was deleted is never given to another.
    private static let members = """
        CREATE TABLE members (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            signup_id     BLOB NOT NULL UNIQUE CHECK (length(signup_id) = 16),
            email         TEXT NOT NULL UNIQUE,
            nickname      TEXT NOT NULL,
            nickname_key  TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            is_active     INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            created_at    INTEGER NOT NULL,
            verified_at   INTEGER NOT NULL
        ) STRICT;

        """

    /// `email` is the lower-cased address, `recipient` the address as typed: sent mail is purged before signups are, and a
    /// resend must still know where to. `last_issue` counts codes for the same reason: an issue must never come twice.
    private static let signups = """
        CREATE TABLE signups (
            id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
            email           TEXT NOT NULL,
            recipient       TEXT NOT NULL,
            nickname        TEXT NOT NULL,
            nickname_key    TEXT NOT NULL,
            password_hash   TEXT NOT NULL,
            locale          TEXT,
            state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'verified')),
            last_issue      INTEGER NOT NULL DEFAULT 1,
            created_at      INTEGER NOT NULL,
            expires_at      INTEGER,
            idempotency_key BLOB,
            fingerprint     BLOB
        ) STRICT;
        CREATE INDEX signups_by_email ON signups (email, id);
        CREATE INDEX signups_by_nickname ON signups (nickname_key);
        CREATE INDEX signups_pending_by_age ON signups (created_at) WHERE state = 'pending';
        CREATE UNIQUE INDEX signups_by_idempotency_key ON signups (idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX signups_keyed_by_age ON signups (created_at) WHERE idempotency_key IS NOT NULL;

        """

    /// What is due is found among the unleased rows by one index, and among the few leased ones by another, so that a claim
    /// costs the same however long the queue is.
    private static let outbox = """
        CREATE TABLE outbox (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            signup_id       BLOB NOT NULL REFERENCES signups (id) ON DELETE CASCADE,
            template        TEXT NOT NULL,
            issue           INTEGER NOT NULL,
            recipient       TEXT NOT NULL,
            locale          TEXT,
            key_id          TEXT,
            state           TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead')),
            attempts        INTEGER NOT NULL DEFAULT 0,
            due_at          INTEGER NOT NULL,
            lease_until     INTEGER,
            lease_token     INTEGER,
            last_reply      TEXT,
            created_at      INTEGER NOT NULL,
            sent_at         INTEGER,
            idempotency_key BLOB,
            fingerprint     BLOB,
            UNIQUE (signup_id, template, issue)
        ) STRICT;
        CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued' AND lease_until IS NULL;
        CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 'queued' AND lease_until IS NOT NULL;
        CREATE INDEX outbox_by_state ON outbox (state, created_at);
        CREATE UNIQUE INDEX outbox_by_idempotency_key ON outbox (idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX outbox_keyed_by_age ON outbox (created_at) WHERE idempotency_key IS NOT NULL;

        """

    /// Mails to an address in a window that opened with the first of them.
    private static let limits = """
        CREATE TABLE limits (
            subject   TEXT NOT NULL PRIMARY KEY,
            mails     INTEGER NOT NULL,
            closes_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX limits_by_end ON limits (closes_at);

        """

    /// By signup first: ids grow with time, so what is mailed, guessed and used up together lies on the same pages.
    /// No reference to signups: with another account store they are elsewhere.
    private static let codes = """
        CREATE TABLE codes (
            signup_id  BLOB NOT NULL CHECK (length(signup_id) = 16),
            issue      INTEGER NOT NULL,
            email      TEXT NOT NULL,
            digest     BLOB NOT NULL CHECK (length(digest) = 32),
            expires_at INTEGER NOT NULL,
            guesses    INTEGER NOT NULL DEFAULT 0,
            used_until INTEGER,
            PRIMARY KEY (signup_id, issue)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX codes_by_email ON codes (email);
        CREATE INDEX codes_by_end ON codes (expires_at);

        """

    /// The sliding logs: how many units a subject was charged at a time, and when no rule can care any more.
    private static let charges = """
        CREATE TABLE charges (
            kind       TEXT NOT NULL,
            subject    TEXT NOT NULL,
            charged_at INTEGER NOT NULL,
            units      INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (kind, subject, charged_at)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX charges_by_end ON charges (expires_at);

        """

    /// For programs that read the tables: members, and the newest live signup of every other address.
    private static let accounts = """
        CREATE VIEW accounts AS
        SELECT email, nickname, is_active, created_at FROM members
        UNION ALL
        SELECT email, nickname, 0, created_at FROM signups
        WHERE id IN (
            SELECT max(id) FROM signups AS live
            WHERE state = 'pending'
            AND (expires_at > unixepoch() * 1000 OR (expires_at IS NULL AND EXISTS (
                SELECT 1 FROM outbox WHERE outbox.signup_id = live.id AND outbox.state = 'queued')))
            GROUP BY email
        )
        AND NOT EXISTS (SELECT 1 FROM members WHERE members.email = signups.email);

        """
}
