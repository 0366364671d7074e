// Brings a file's schema to the version this program knows, in one transaction; refuses files that are not ours to touch.

internal import GRDB
internal import Logging
internal import Signup

enum Migrations {
    /// Each step takes a file of version n to n + 1. Steps are only ever added.
    private static let steps = [SchemaVersion1.sql, SchemaVersion2.sql, SchemaVersion3.sql]
    /// The version this program reads and writes.
    static var newestVersion: Int { steps.count }
    /// "sgnd": marks a file as signupd's, in the header field that SQLite keeps for this.
    private static let applicationID = 0x7367_6E64

    /// Safe with any number of processes at once: whoever has the write lock first does it, the others then find it done.
    static func run(on database: Database, logger: Logger) throws {
        if try isCurrent(database) { return }
        try database.inTransaction(.immediate) {
            if try isCurrent(database) { return .commit }
            let found = try version(database)
            for step in steps[found...] { try database.execute(sql: step) }
            try database.execute(
                sql: "PRAGMA user_version = \(newestVersion); PRAGMA application_id = \(applicationID)"
            )
            logger.info("the database schema went from version \(found) to \(newestVersion)")
            return .commit
        }
    }

    /// Whether nothing needs to be done; throws for a file that must not be touched.
    private static func isCurrent(_ database: Database) throws -> Bool {
        let found = try version(database)
        if found > newestVersion { throw tooNew(found) }
        let owner = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
        if owner != applicationID, !isEmpty { throw foreign }
        return found == newestVersion
    }

    private static func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private static func tooNew(_ found: Int) -> BackendFailure {
        BackendFailure(
            .sqlite,
            .defect,
            reason: """
                the database has schema version \(found), this signupd knows up to \(newestVersion): \
                run the newer signupd, or restore the file from before its upgrade
                """
        )
    }

    private static var foreign: BackendFailure {
        BackendFailure(
            .sqlite,
            .defect,
            reason: "the database file belongs to another program: give signupd a file of its own"
        )
    }
}
