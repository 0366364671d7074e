// A prepared statement with its arguments, and the row it stands on.

internal import GRDBSQLite
internal import Signup

/// Between binding and `finish`, the one use of a cached statement.
struct BoundStatement {
    private let handle: OpaquePointer

    /// Binds every `?` in order.
    init(_ handle: OpaquePointer, _ arguments: [(any Storable)?]) throws(BackendFailure) {
        self.handle = handle
        precondition(arguments.count == sqlite3_bind_parameter_count(handle), "arguments and question marks differ")
        var index: Int32 = 1
        for argument in arguments {
            let code = argument?.bind(to: handle, at: index) ?? sqlite3_bind_null(handle, index)
            guard code == SQLITE_OK else { throw failure(code) }
            index += 1
        }
    }

    /// Whether it can only read.
    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Goes on to the next row; `nil` after the last.
    func nextRow() throws(BackendFailure) -> Columns? {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return Columns(handle: handle)
        case SQLITE_DONE: return nil
        case let code: throw failure(code)
        }
    }

    /// Gives the statement back to the cache. The codes repeat what `nextRow` has told already.
    func finish() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    private func failure(_ code: Int32) -> BackendFailure {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        return SQLiteFailure.failure(code: code, message: message)
    }
}

/// One row of a result, read in place. The tables are STRICT, so a column has the type its reader expects, or SQLite would
/// have refused to store it.
struct Columns {
    fileprivate let handle: OpaquePointer

    func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(handle, index) }
    func count(_ index: Int32) -> Int { Int(integer(index)) }
    func time(_ index: Int32) -> Timestamp { Timestamp(millisecondsSince1970: integer(index)) }
    func optionalTime(_ index: Int32) -> Timestamp? { isNull(index) ? nil : time(index) }

    func text(_ index: Int32) -> String { String(decoding: raw(sqlite3_column_text, index), as: UTF8.self) }
    func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

    func bytes(_ index: Int32) -> [UInt8] { Array(raw(sqlite3_column_blob, index)) }
    func optionalBytes(_ index: Int32) -> [UInt8]? { isNull(index) ? nil : bytes(index) }

    func signupID(_ index: Int32) throws(BackendFailure) -> SignupID {
        guard let id = SignupID(bytes: bytes(index)) else { throw SQLiteFailure.damaged("an id of the wrong length") }
        return id
    }

    private func isNull(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_NULL }

    /// The bytes of a column, good until the statement moves on.
    private func raw(_ column: (OpaquePointer?, Int32) -> UnsafePointer<UInt8>?, _ index: Int32)
        -> UnsafeRawBufferPointer
    {
        let start = column(handle, index)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
    }

    private func raw(_ column: (OpaquePointer?, Int32) -> UnsafeRawPointer?, _ index: Int32) -> UnsafeRawBufferPointer {
        let start = column(handle, index)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
    }
}
