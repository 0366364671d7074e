// The third schema: verified signups are purged with the others.

enum SchemaVersion3 {
    static let sql = """
        DROP INDEX signups_pending_by_age;
        CREATE INDEX signups_by_age ON signups (created_at);

        """
}
