// How values of the domain are stored, so that the operations can name them in SQL as they are.

internal import GRDBSQLite
internal import Signup

/// A value that can stand for a `?`.
protocol Storable {
    /// - Returns: SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

extension Int64: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        Int64(self).bind(to: statement, at: index)
    }
}

extension String: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_text64(statement, index, self, UInt64(utf8.count), copied, UInt8(SQLITE_UTF8))
    }
}

extension [UInt8]: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_blob64(statement, index, self, UInt64(count), copied)
    }
}

extension SignupID: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        Array(bytes).bind(to: statement, at: index)
    }
}

extension Timestamp: Storable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        millisecondsSince1970.bind(to: statement, at: index)
    }
}

/// SQLITE_TRANSIENT, a C macro Swift cannot import: SQLite copies the bytes before the call returns.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
