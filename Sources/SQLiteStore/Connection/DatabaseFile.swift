// Opens the file: private to its owner, durable on commit, patient with other processes.

internal import Foundation
internal import GRDB
import Glibc
internal import Logging
internal import Signup
internal import Synchronization

enum DatabaseFile {
    /// Opens the file, makes it where there is none, and brings its schema up to date.
    static func openForWriting(
        _ configuration: SQLiteConfiguration,
        logger: Logger
    ) throws(BackendFailure) -> DatabaseQueue {
        try createPrivately(configuration.path)
        WriteAheadLogFile.use()
        do {
            let connection = try DatabaseQueue(path: configuration.path, configuration: settings(configuration))
            try connection.inDatabase { database in
                try useWriteAheadLog(database, patience: configuration.busyTimeout)
                try Migrations.run(on: database, logger: logger)
            }
            return connection
        } catch let failure as BackendFailure {
            throw failure
        } catch {
            throw SQLiteFailure.failure(error)
        }
    }

    /// A further connection to a file that is open for writing already.
    static func openForReading(_ configuration: SQLiteConfiguration) throws(BackendFailure) -> DatabaseQueue {
        var settings = settings(configuration)
        settings.readonly = true
        do {
            return try DatabaseQueue(path: configuration.path, configuration: settings)
        } catch {
            throw SQLiteFailure.failure(error)
        }
    }

    private static func settings(_ configuration: SQLiteConfiguration) -> Configuration {
        var settings = Configuration()
        settings.label = "signupd"
        settings.foreignKeysEnabled = true
        settings.busyMode = .callback(patience(configuration.busyTimeout))
        settings.prepareDatabase { database in
            // FULL: a commit is on the disk when it returns, so nothing acknowledged is lost with the power either.
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = \(Bounds.checkpointPages);
                    PRAGMA cache_size = -\(Bounds.cacheKibibytes);
                    PRAGMA temp_store = MEMORY;
                    """
            )
        }
        return settings
    }

    /// Waits for another process's lock, looking often.
    private static func patience(_ timeout: Duration) -> @Sendable (Int) -> Bool {
        let tries = timeout / Bounds.busyPollInterval
        return { failedTries in
            guard Double(failedTries) < tries else { return false }
            usleep(UInt32(Bounds.busyPollInterval.wholeMilliseconds * 1000))
            return true
        }
    }

    /// Two processes that start at once both want to switch the journal, and SQLite does not wait there: it says BUSY.
    private static func useWriteAheadLog(_ database: Database, patience: Duration) throws {
        let end = ContinuousClock.now + patience
        while true {
            do {
                let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else { throw unsupported(mode) }
                return
            } catch DatabaseError.SQLITE_BUSY where ContinuousClock.now < end {
                usleep(UInt32(Bounds.busyPollInterval.wholeMilliseconds * 1000))
            }
        }
    }

    private static func unsupported(_ mode: String?) -> BackendFailure {
        BackendFailure(
            .sqlite,
            .defect,
            reason: "the file system allows no write-ahead log (journal mode \(mode ?? "none")); use a local disk"
        )
    }

    /// SQLite would make the file readable for all that the umask lets; it gives its log files the mode of the database.
    private static func createPrivately(_ path: String) throws(BackendFailure) {
        // One at a time: closing any descriptor of a file drops every POSIX lock this process has on it, so no connection of
        // ours may be using the file before the new descriptor is closed.
        let errorNumber: Int32 = creation.withLock { _ in
            let file = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR)
            guard file >= 0 else { return errno }
            close(file)
            return 0
        }
        guard errorNumber == 0 || errorNumber == EEXIST else {
            throw BackendFailure(
                .sqlite,
                .unavailable,
                nativeCode: Int(errorNumber),
                reason: "cannot create the database file: \(String(cString: strerror(errorNumber)))"
            )
        }
    }

    private static let creation = Mutex<Void>(())
}
