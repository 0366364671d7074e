// How the database file is doing. Makes nothing and migrates nothing.

internal import GRDB
import Glibc
public import Signup

extension SQLiteStore {
    /// Looks at the file and its disk.
    public static func diagnose(_ configuration: SQLiteConfiguration) -> [CheckFinding] {
        let path = configuration.path
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var findings: [CheckFinding] = []
        guard access(path, F_OK) == 0 else {
            guard access(directory, F_OK) != 0 || access(directory, W_OK | X_OK) == 0 else {
                return findings + [
                    .fault("file", "\(path) cannot be made", "let the user of signupd write to \(directory)")
                ]
            }
            return findings + [.good("file", "\(path) is not there yet; the first start makes it")]
        }
        findings += [privacy(path), space(directory)]
        do {
            let connection = try DatabaseFile.openForReading(configuration)
            findings += try connection.read { database in [try version(database), try schema(database)] }
            try connection.close()
        } catch {
            let failure = SQLiteFailure.failure(error)
            findings.append(.fault("content", failure.reason, "restore the file, or name another"))
        }
        return findings
    }

    private static func version(_ database: Database) throws -> CheckFinding {
        .good("version", "SQLite \(try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "unknown")")
    }

    private static func privacy(_ path: String) -> CheckFinding {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK | W_OK) == 0 else {
            return .fault("file", "\(path) cannot be written", "chown it to the user of signupd")
        }
        guard status.st_mode & 0o077 == 0 else {
            return .fault("file", "\(path) is open to others", "chmod 600 \(path)*: it holds addresses and hashes")
        }
        return .good("file", "\(path), mode 0600, \(status.st_size / 1024) KiB")
    }

    private static func space(_ directory: String) -> CheckFinding {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return .good("disk", "unknown") }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize) / 1_048_576
        return free < Bounds.freeMebibytes
            ? .advice("disk", "\(free) MiB free", "free some: a full disk refuses every signup")
            : .good("disk", "\(free) MiB free")
    }

    private static func schema(_ database: Database) throws -> CheckFinding {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found > Migrations.newestVersion {
            return .fault("schema", "version \(found), newer than this program's", "install a newer signupd")
        }
        if found < Migrations.newestVersion {
            return .good("schema", "version \(found); the next start brings it to \(Migrations.newestVersion)")
        }
        return .good("schema", "version \(found)")
    }
}
