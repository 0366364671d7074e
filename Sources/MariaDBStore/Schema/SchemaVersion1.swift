// The first schema. Each statement can run again after a migration that was cut short: MariaDB commits each by itself.

/// A version of the schema and the steps that lead to it from the one before.
struct SchemaVersion {
    let number: Int
    let steps: [StaticString]

    static let first = SchemaVersion(number: 1, steps: [members, signups, outbox, limits, accounts])

    // No index holds `signups.state`: moving a row in one would cost an activation nearly as much as the rest of it.
    // Identities compare byte by byte, trailing spaces included (NO PAD). Times are UTC. No foreign keys: each insert would
    // lock the row it refers to, and every row here is written in one transaction with it.

    private static let members: StaticString = """
        CREATE TABLE IF NOT EXISTS members (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            signup_id BINARY(16) NOT NULL,
            email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL COMMENT 'lower case',
            nickname VARCHAR(128) NOT NULL COMMENT 'as shown',
            nickname_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL COMMENT 'folded: unique',
            password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            is_active BOOLEAN NOT NULL DEFAULT TRUE,
            created_at DATETIME(3) NOT NULL COMMENT 'when they signed up, UTC',
            verified_at DATETIME(3) NOT NULL,
            UNIQUE KEY members_signup_id (signup_id),
            UNIQUE KEY members_email (email),
            UNIQUE KEY members_nickname_key (nickname_key)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
          COMMENT 'People whose e-mail is proven'
        """

    private static let signups: StaticString = """
        CREATE TABLE IF NOT EXISTS signups (
            id BINARY(16) NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
            email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL COMMENT 'lower case',
            recipient VARCHAR(254) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL COMMENT 'the address as typed',
            nickname VARCHAR(128) NOT NULL,
            nickname_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
            password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            locale VARCHAR(64) NULL,
            state ENUM('pending', 'verified') NOT NULL DEFAULT 'pending',
            issue INT NOT NULL COMMENT 'the newest code''s number; outlives the outbox row',
            created_at DATETIME(3) NOT NULL,
            expires_at DATETIME(3) NULL COMMENT 'when the newest code dies; NULL while mail is owed',
            idempotency_key BINARY(32) NULL,
            fingerprint BINARY(32) NULL,
            keyed_at DATETIME(3) NULL COMMENT 'created_at while there is an idempotency key, for the purge',
            UNIQUE KEY signups_idempotency_key (idempotency_key),
            KEY signups_email (email, id),
            KEY signups_nickname_key (nickname_key),
            KEY signups_created_at (created_at),
            KEY signups_keyed_at (keyed_at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
          COMMENT 'Attempts to join'
        """

    private static let outbox: StaticString = """
        CREATE TABLE IF NOT EXISTS outbox (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            signup_id BINARY(16) NOT NULL,
            template VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            issue INT NOT NULL COMMENT 'the n-th code of the signup',
            recipient VARCHAR(254) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL,
            locale VARCHAR(64) NULL,
            key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the secret that derived the code first',
            state ENUM('queued', 'sent', 'dead') NOT NULL DEFAULT 'queued',
            attempts INT NOT NULL DEFAULT 0,
            due_at DATETIME(3) NOT NULL COMMENT 'queued: next try or end of lease; else when it was settled',
            lease_until DATETIME(3) NULL COMMENT 'a courier is sending it',
            lease_token BIGINT UNSIGNED NULL COMMENT 'of the newest claim',
            last_reply VARCHAR(500) NULL,
            created_at DATETIME(3) NOT NULL,
            sent_at DATETIME(3) NULL,
            idempotency_key BINARY(32) NULL COMMENT 'of the resend that owed it',
            fingerprint BINARY(32) NULL,
            keyed_at DATETIME(3) NULL,
            UNIQUE KEY outbox_issue (signup_id, template, issue),
            UNIQUE KEY outbox_idempotency_key (idempotency_key),
            KEY outbox_due (state, due_at, created_at),
            KEY outbox_keyed_at (keyed_at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
          COMMENT 'Mail that is owed, was sent, or is dead'
        """

    private static let limits: StaticString = """
        CREATE TABLE IF NOT EXISTS limits (
            subject VARCHAR(254) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL PRIMARY KEY,
            mails INT NOT NULL,
            resets_at DATETIME(3) NOT NULL COMMENT 'a day after the first of them',
            KEY limits_resets_at (resets_at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
          COMMENT 'Daily caps per address'
        """

    private static let accounts: StaticString = """
        CREATE OR REPLACE SQL SECURITY INVOKER VIEW accounts AS
            SELECT email, nickname, is_active, created_at FROM members
            UNION ALL
            SELECT s.email, s.nickname, FALSE, s.created_at FROM signups AS s
            WHERE s.state = 'pending' AND (s.expires_at IS NULL OR s.expires_at > UTC_TIMESTAMP(3))
                AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.email = s.email)
                AND NOT EXISTS (
                    SELECT 1 FROM signups AS newer
                    WHERE newer.email = s.email AND newer.id > s.id AND newer.state = 'pending'
                        AND (newer.expires_at IS NULL OR newer.expires_at > UTC_TIMESTAMP(3))
                )
        """
}
