// What SQLite's result codes mean for a caller. Its messages name tables and columns, never values, so they may be told.

internal import GRDB
internal import Signup

enum SQLiteFailure {
    /// Translates what GRDB threw; what has been translated already stays as it is.
    static func failure(_ error: any Error) -> BackendFailure {
        if let failure = error as? BackendFailure { return failure }
        guard let error = error as? DatabaseError else {
            return BackendFailure(.sqlite, .defect, reason: "an unexpected error of type \(type(of: error))")
        }
        return failure(code: error.extendedResultCode.rawValue, message: error.message)
    }

    /// Translates a result code, simple or extended.
    static func failure(code: Int32, message: String?) -> BackendFailure {
        let primary = ResultCode(rawValue: code).primaryResultCode
        return BackendFailure(
            .sqlite,
            kind(of: primary),
            nativeCode: Int(code),
            reason: reason(for: primary) ?? message ?? "SQLite gave no reason"
        )
    }

    /// Runs a commit. Where the disk failed in it, a crash may yet bring the change back from the write-ahead log.
    static func committing(_ commit: () throws -> Void) throws(BackendFailure) {
        do {
            try commit()
        } catch {
            let failure = failure(error)
            guard error is DatabaseError, ResultCode.SQLITE_IOERR ~= error else { throw failure }
            throw BackendFailure(.sqlite, .outcomeUnknown, nativeCode: failure.nativeCode, reason: failure.reason)
        }
    }

    /// One line for the log.
    static func describe(_ error: any Error, while activity: String) -> String {
        "\(failure(error)), while \(activity)"
    }

    /// What the file holds contradicts the schema.
    static func damaged(_ what: String) -> BackendFailure {
        BackendFailure(.sqlite, .defect, reason: "the database holds \(what)")
    }

    private static func kind(of code: ResultCode) -> BackendFailure.Kind {
        switch code {
        // Someone else's lock, a full or failing disk, a file that may not be opened: an operator or time can mend it.
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY,
            .SQLITE_PERM,
            .SQLITE_NOMEM, .SQLITE_AUTH, .SQLITE_PROTOCOL, .SQLITE_NOLFS:
            .unavailable
        // A damaged file, a broken constraint or a wrong statement: trying again changes nothing.
        default: .defect
        }
    }

    private static func reason(for code: ResultCode) -> String? {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another process is writing to the database"
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_CANTOPEN, .SQLITE_PERM: "the database file cannot be opened"
        case .SQLITE_READONLY: "the database file cannot be written"
        case .SQLITE_NOTADB: "the file is not a SQLite database"
        default: nil
        }
    }
}
