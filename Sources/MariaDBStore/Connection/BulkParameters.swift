// Many rows of values for one statement, sent in one message: a round trip for all of them.

internal import CMariaDB
import Signup

/// Values by column, as the library wants them: an array of numbers, or an array of pointers to everything longer.
struct BulkParameters: ~Copyable {
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let arena: UnsafeMutableRawBufferPointer
    private var used = 0

    /// Copies the rows. They are all as long as the first and hold the same types, but for nulls.
    init(_ rows: [[Parameter]]) {
        let columnCount = rows.first?.count ?? 0
        precondition(rows.allSatisfy { $0.count == columnCount }, "rows of different lengths")
        // Per value: a number or a pointer, a length, and an indicator rounded up; then what the pointers point to.
        let slots = rows.count * columnCount * 24
        let payload = rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.byteCount } }
        arena = .allocate(byteCount: slots + payload, alignment: 8)
        binds = .allocate(capacity: columnCount)
        binds.initialize(repeating: MYSQL_BIND())
        for column in 0..<columnCount { fill(column, rows.map { $0[column] }) }
    }

    deinit {
        binds.deallocate()
        arena.deallocate()
    }

    /// Lends the binds; the memory they describe lives as long as this value.
    borrowing func withBinds<Result>(_ body: (UnsafeMutablePointer<MYSQL_BIND>?) -> Result) -> Result {
        body(binds.baseAddress)
    }

    private mutating func fill(_ column: Int, _ values: [Parameter]) {
        let words = take(values.count * 8).assumingMemoryBound(to: UInt64.self)
        let lengths = take(values.count * 8).assumingMemoryBound(to: UInt.self)
        let indicators = take((values.count + 7) & ~7).assumingMemoryBound(to: CChar.self)
        var type = MYSQL_TYPE_NULL
        for (row, value) in values.enumerated() {
            let slot = take(value.byteCount)
            let bind = value.bind(in: UnsafeMutableRawBufferPointer(start: slot, count: value.byteCount))
            let isNull = bind.buffer_type == MYSQL_TYPE_NULL
            indicators[row] = CChar(isNull ? STMT_INDICATOR_NULL.rawValue : STMT_INDICATOR_NONE.rawValue)
            lengths[row] = bind.buffer_length
            let isNumber = bind.buffer_type == MYSQL_TYPE_LONGLONG
            words[row] = isNumber ? slot.load(as: UInt64.self) : UInt64(UInt(bitPattern: slot))
            if !isNull {
                type = bind.buffer_type
                binds[column].is_unsigned = bind.is_unsigned
            }
        }
        binds[column].buffer_type = type
        binds[column].buffer = UnsafeMutableRawPointer(words)
        binds[column].length = lengths
        // Assigned as a whole: a member of a C union in place is more than the compiler manages under Thread Sanitizer.
        binds[column].u = .init(indicator: indicators)
    }

    private mutating func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
        defer { used += byteCount }
        guard let start = arena.baseAddress else { preconditionFailure("no rows") }
        precondition(used + byteCount <= arena.count, "more values than were counted")
        return start + used
    }
}
