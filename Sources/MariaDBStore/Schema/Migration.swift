// Creates the schema and brings an older one up to date: by whoever comes first, once.

public import Signup

/// What a migration found and did.
public struct MigrationReport: Sendable, Equatable {
    /// The schema's version before; 0 when there was none.
    public let versionBefore: Int
    public let versionAfter: Int
}

/// How the schema that is there relates to the one this program needs.
public enum SchemaState: Sendable, Equatable {
    case current
    case missing
    /// Its version. `signupd migrate` brings it up to date.
    case older(Int)
    /// Its version. A newer signupd made it; this one must not touch it.
    case newer(Int)
}

extension MariaDBStore {
    /// Creates or upgrades the schema. Blocks; safe to repeat, to interrupt, and for several processes at once.
    public static func migrate(_ configuration: MariaDBConfiguration) throws(BackendFailure) -> MigrationReport {
        let connection: MariaDBConnection
        do { connection = try MariaDBConnection(configuration, .migration(configuration)) } catch {
            throw error.failure(.unavailable)
        }
        do { return try Migration(connection: connection).run() } catch {
            let isOurs = error.kind == .defect
            throw error.failure(isOurs ? .defect : .unavailable)
        }
    }

    /// Whether the schema is the one this program was written for.
    public func schemaVersion(deadline: Deadline) async throws(BackendFailure) -> SchemaState {
        try await perform(FindSchemaState(), deadline)
    }
}

private struct FindSchemaState: Operation {
    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> SchemaState {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            let version = try Migration(connection: connection).currentVersion()
            if version == 0 { return .missing }
            if version == Migration.newest { return .current }
            return version < Migration.newest ? .older(version) : .newer(version)
        }
    }
}

struct Migration {
    let connection: MariaDBConnection

    /// Every version, in order. A new one is a new file, appended here.
    private static let versions: [SchemaVersion] = [.first, .second]

    static var newest: Int { versions.last?.number ?? 0 }

    static let minimumText = "10.6"

    /// SKIP LOCKED came with 10.6; MySQL has no INSERT … RETURNING.
    static func supports(_ version: String) -> Bool {
        let numbers = version.split { !$0.isNumber }.compactMap { Int($0) }
        return version.contains("MariaDB") && numbers.count >= 2 && (numbers[0], numbers[1]) >= (10, 6)
    }

    func run() throws(DatabaseError) -> MigrationReport {
        try requireServer()
        try lock()
        // The lock goes with the connection, whatever happens below.
        let before = try currentVersion()
        guard before <= Self.newest else {
            throw .malformed(
                "the schema has version \(before), this program knows \(Self.newest): it needs a newer signupd"
            )
        }
        try connection.send(Self.createVersionTable)
        for version in Self.versions where version.number > before {
            for step in version.steps { try connection.send(step) }
            try connection.execute(Self.noteVersion, [.integer(version.number)])
        }
        return MigrationReport(versionBefore: before, versionAfter: Self.newest)
    }

    /// 0 when there is no schema.
    func currentVersion() throws(DatabaseError) -> Int {
        let hasTable = try connection.query(Self.findVersionTable) { row throws(DatabaseError) in try row.count(0) }
        guard hasTable.first == 1 else { return 0 }
        return try connection.query(Self.findVersion) { row throws(DatabaseError) in
            Int(try row.optionalInteger(0) ?? 0)
        }.first ?? 0
    }

    private func requireServer() throws(DatabaseError) {
        let version = connection.serverVersion
        guard Self.supports(version) else {
            throw .malformed("the server is \(version); MariaDB \(Self.minimumText) or later is needed")
        }
    }

    private func lock() throws(DatabaseError) {
        let answers = try connection.query(Self.takeLock, [.integer(Limits.migrationLockSeconds)]) {
            row throws(DatabaseError) in try row.optionalInteger(0)
        }
        guard answers.first == 1 else { throw .locked }
    }

    /// One lock per database: its name is the server's.
    private static let takeLock = Statement("SELECT GET_LOCK(CONCAT('signupd.migrate.', DATABASE()), ?)")
    private static let findVersionTable = Statement(
        """
        SELECT COUNT(*) FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name = 'signupd_schema'
        """
    )
    private static let findVersion = Statement("SELECT MAX(version) FROM signupd_schema")
    private static let noteVersion = Statement(
        "INSERT INTO signupd_schema (version, applied_at) VALUES (?, UTC_TIMESTAMP(3))"
    )
    private static let createVersionTable: StaticString = """
        CREATE TABLE IF NOT EXISTS signupd_schema (
            version INT NOT NULL PRIMARY KEY,
            applied_at DATETIME(3) NOT NULL
        ) ENGINE = InnoDB COMMENT 'Which migrations have run'
        """
}
