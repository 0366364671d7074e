// The second schema: what privacy mode needs. Each statement can run again after a migration that was cut short.

extension SchemaVersion {
    static let second = SchemaVersion(number: 2, steps: [silentResends])

    /// They count and repeat like resends that reached someone, or the difference would show; nothing tells whose they were.
    private static let silentResends: StaticString = """
        CREATE TABLE IF NOT EXISTS silent_resends (
            id BINARY(16) NOT NULL PRIMARY KEY,
            created_at DATETIME(3) NOT NULL,
            idempotency_key BINARY(32) NULL,
            fingerprint BINARY(32) NULL,
            UNIQUE KEY silent_resends_idempotency_key (idempotency_key),
            KEY silent_resends_created_at (created_at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
          COMMENT 'Resends by e-mail that reached nobody (privacy mode)'
        """
}
