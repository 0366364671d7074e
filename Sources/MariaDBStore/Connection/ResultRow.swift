// Values on their way out of a prepared statement.

internal import CMariaDB
import Signup

/// The memory the library writes each row of a result to, sized by the columns' declared types.
final class ResultMemory {
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let lengths: UnsafeMutableBufferPointer<UInt>
    private let nulls: UnsafeMutableBufferPointer<my_bool>
    private let arena: UnsafeMutableRawBufferPointer
    /// No column of ours is declared longer; a longer value is reported as truncated, not cut in silence.
    private static let longestColumn = 65_536

    init(_ fields: UnsafeBufferPointer<MYSQL_FIELD>) {
        let sizes = fields.map { ($0.byteCount(atMost: Self.longestColumn) + 7) & ~7 }
        binds = .allocate(capacity: fields.count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths = .allocate(capacity: fields.count)
        lengths.initialize(repeating: 0)
        nulls = .allocate(capacity: fields.count)
        nulls.initialize(repeating: 0)
        arena = .allocate(byteCount: sizes.reduce(0, +), alignment: 8)
        var offset = 0
        for index in fields.indices {
            binds[index].buffer_type = fields[index].fetchType
            binds[index].buffer = arena.baseAddress?.advanced(by: offset)
            binds[index].buffer_length = UInt(sizes[index])
            // Else the upper half of a BIGINT UNSIGNED counts as cut off.
            binds[index].is_unsigned = fields[index].flags & UInt32(UNSIGNED_FLAG) == 0 ? 0 : 1
            binds[index].length = lengths.baseAddress?.advanced(by: index)
            binds[index].is_null = nulls.baseAddress?.advanced(by: index)
            offset += sizes[index]
        }
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        arena.deallocate()
    }

    /// What `mysql_stmt_bind_result` takes.
    var bindPointer: UnsafeMutablePointer<MYSQL_BIND>? { binds.baseAddress }

    fileprivate func bytes(_ column: Int, as type: enum_field_types) throws(DatabaseError) -> UnsafeRawBufferPointer? {
        guard binds[column].buffer_type == type else { throw .malformed("column \(column) has another type") }
        guard nulls[column] == 0 else { return nil }
        let count = type == MYSQL_TYPE_BLOB ? lengths[column] : binds[column].buffer_length
        return UnsafeRawBufferPointer(start: binds[column].buffer, count: Int(count))
    }
}

extension MYSQL_FIELD {
    /// Three kinds are enough: whole numbers, dates with times, and bytes.
    fileprivate var fetchType: enum_field_types {
        switch type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG:
            MYSQL_TYPE_LONGLONG
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP:
            MYSQL_TYPE_DATETIME
        default:
            MYSQL_TYPE_BLOB
        }
    }

    fileprivate func byteCount(atMost limit: Int) -> Int {
        switch fetchType {
        case MYSQL_TYPE_LONGLONG: 8
        case MYSQL_TYPE_DATETIME: MemoryLayout<MYSQL_TIME>.size
        default: min(Int(length), limit)
        }
    }
}

/// The row just fetched, valid inside the closure it is lent to. Columns are read by position, typed.
struct ResultRow {
    fileprivate let memory: ResultMemory

    init(_ memory: ResultMemory) {
        self.memory = memory
    }

    func optionalInteger(_ column: Int) throws(DatabaseError) -> Int64? {
        try memory.bytes(column, as: MYSQL_TYPE_LONGLONG)?.load(as: Int64.self)
    }

    func optionalTime(_ column: Int) throws(DatabaseError) -> Timestamp? {
        try memory.bytes(column, as: MYSQL_TYPE_DATETIME)?.load(as: MYSQL_TIME.self).timestamp
    }

    func optionalText(_ column: Int) throws(DatabaseError) -> String? {
        try memory.bytes(column, as: MYSQL_TYPE_BLOB).map { String(decoding: $0, as: UTF8.self) }
    }

    func optionalBytes(_ column: Int) throws(DatabaseError) -> [UInt8]? {
        try memory.bytes(column, as: MYSQL_TYPE_BLOB).map { Array($0) }
    }

    func isNull(_ column: Int) throws(DatabaseError) -> Bool {
        try optionalBytes(column) == nil
    }

    func integer(_ column: Int) throws(DatabaseError) -> Int64 {
        try require(try optionalInteger(column), column)
    }

    func count(_ column: Int) throws(DatabaseError) -> Int {
        Int(try integer(column))
    }

    func flag(_ column: Int) throws(DatabaseError) -> Bool {
        try integer(column) != 0
    }

    func time(_ column: Int) throws(DatabaseError) -> Timestamp {
        try require(try optionalTime(column), column)
    }

    func text(_ column: Int) throws(DatabaseError) -> String {
        try require(try optionalText(column), column)
    }

    func signupID(_ column: Int) throws(DatabaseError) -> SignupID {
        try require(try memory.bytes(column, as: MYSQL_TYPE_BLOB).flatMap { SignupID(bytes: $0) }, column)
    }

    /// A text that names a case.
    func named<Name: RawRepresentable>(
        _ type: Name.Type,
        _ column: Int
    ) throws(DatabaseError) -> Name where Name.RawValue == String {
        try require(Name(rawValue: try text(column)), column)
    }

    private func require<Value>(_ value: Value?, _ column: Int) throws(DatabaseError) -> Value {
        guard let value else { throw .malformed("no value in column \(column)") }
        return value
    }
}
