// How the operations speak SQL.
//
// GRDB prepares and caches the statements; binding and stepping go to SQLite itself. GRDB's own argument and row types were
// measured at some 5 µs a statement, 25 µs of the 80 that a verification took with them.

internal import GRDB
internal import GRDBSQLite
internal import Signup

/// A transaction in progress. Lives only while the batch runner has it open.
struct Transaction {
    let database: Database

    /// Runs a statement that changes rows.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func change(_ sql: String, _ arguments: [(any Storable)?] = []) throws(BackendFailure) -> Int {
        let statement = try bound(sql, arguments)
        defer { statement.finish() }
        while try statement.nextRow() != nil {}
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    /// The id that the last INSERT gave its row.
    var lastInsertedID: Int64 { sqlite3_last_insert_rowid(database.sqliteConnection) }

    /// The first row, if there is one. A statement that changes rows is run to its end all the same.
    func first<Value>(
        _ sql: String,
        _ arguments: [(any Storable)?] = [],
        decode: (Columns) throws(BackendFailure) -> Value
    ) throws(BackendFailure) -> Value? {
        let statement = try bound(sql, arguments)
        defer { statement.finish() }
        guard let row = try statement.nextRow() else { return nil }
        let value = try decode(row)
        if !statement.isReadOnly { while try statement.nextRow() != nil {} }
        return value
    }

    /// Every row, in order.
    func all<Value>(
        _ sql: String,
        _ arguments: [(any Storable)?] = [],
        decode: (Columns) throws(BackendFailure) -> Value
    ) throws(BackendFailure) -> [Value] {
        let statement = try bound(sql, arguments)
        defer { statement.finish() }
        var values: [Value] = []
        while let row = try statement.nextRow() { values.append(try decode(row)) }
        return values
    }

    /// Whether a query finds anything.
    func exists(_ sql: String, _ arguments: [(any Storable)?]) throws(BackendFailure) -> Bool {
        try first(sql, arguments) { _ in true } ?? false
    }

    private func bound(_ sql: String, _ arguments: [(any Storable)?]) throws(BackendFailure) -> BoundStatement {
        do {
            return try BoundStatement(database.cachedStatement(sql: sql).sqliteStatement, arguments)
        } catch let failure as BackendFailure {
            throw failure
        } catch {
            throw SQLiteFailure.failure(error)
        }
    }
}
