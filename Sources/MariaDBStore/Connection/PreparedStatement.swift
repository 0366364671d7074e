// One statement that the server has parsed, and the memory its values pass through.

internal import CMariaDB

/// Belongs to one connection, which closes it.
final class PreparedStatement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    private let stopwatch: Stopwatch
    private var parameters: ParameterMemory
    /// Made after the first execution, when the columns are known for every kind of statement.
    private var results: ResultMemory?

    /// Sends the text to be parsed: one round trip.
    init(_ statement: Statement, on connection: UnsafeMutablePointer<MYSQL>, stopwatch: Stopwatch) throws(DatabaseError)
    {
        guard let handle = signupd_mysql_stmt_init(connection) else { throw stopwatch.error(of: connection) }
        stopwatch.start()
        let byteCount = UInt(statement.text.utf8.count)
        let status = statement.text.withCString { signupd_mysql_stmt_prepare(handle, $0, byteCount) }
        guard status == 0 else {
            let error = stopwatch.error(of: handle)
            signupd_mysql_stmt_close(handle)
            throw error
        }
        self.handle = handle
        self.stopwatch = stopwatch
        parameters = ParameterMemory(count: Int(signupd_mysql_stmt_param_count(handle)))
    }

    /// Frees the handle. After the connection was closed this sends nothing.
    func close() {
        signupd_mysql_stmt_close(handle)
    }

    /// Sends the values and waits for the answer: one round trip.
    ///
    /// - Returns: how many rows were found (for an UPDATE, whether or not they changed).
    @discardableResult
    func execute(_ values: [Parameter]) throws(DatabaseError) -> Int {
        let isBound = parameters.bind(values) { signupd_mysql_stmt_bind_param(handle, $0) == 0 }
        stopwatch.start()
        guard isBound, signupd_mysql_stmt_execute(handle) == 0 else { throw stopwatch.error(of: handle) }
        // The count of a statement with a result set is (unsigned) -1 until the result was read.
        return Int(truncatingIfNeeded: signupd_mysql_stmt_affected_rows(handle))
    }

    /// Executes once for each row of values, all of them in one round trip.
    func executeMany(_ rows: [[Parameter]]) throws(DatabaseError) {
        let parameters = BulkParameters(rows)
        setArraySize(rows.count)
        // Else a later single execution would read its values as arrays.
        defer { setArraySize(0) }
        stopwatch.start()
        let isDone = parameters.withBinds { binds in
            signupd_mysql_stmt_bind_param(handle, binds) == 0 && signupd_mysql_stmt_execute(handle) == 0
        }
        guard isDone else { throw stopwatch.error(of: handle) }
    }

    private func setArraySize(_ count: Int) {
        var size = UInt32(count)
        signupd_mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &size)
    }

    /// Executes, takes the whole result off the connection, and lends each row to the closure.
    func query<Row>(
        _ values: [Parameter],
        _ read: (ResultRow) throws(DatabaseError) -> Row
    ) throws(DatabaseError) -> [Row] {
        try execute(values)
        let memory = try resultMemory()
        guard signupd_mysql_stmt_bind_result(handle, memory.bindPointer) == 0,
            signupd_mysql_stmt_store_result(handle) == 0
        else { throw stopwatch.error(of: handle) }
        defer { signupd_mysql_stmt_free_result(handle) }
        var rows: [Row] = []
        while true {
            switch signupd_mysql_stmt_fetch(handle) {
            case 0: rows.append(try read(ResultRow(memory)))
            case MYSQL_NO_DATA: return rows
            case MYSQL_DATA_TRUNCATED: throw .malformed("a value is longer than its column")
            default: throw stopwatch.error(of: handle)
            }
        }
    }

    private func resultMemory() throws(DatabaseError) -> ResultMemory {
        if let results { return results }
        guard let metadata = signupd_mysql_stmt_result_metadata(handle) else { throw stopwatch.error(of: handle) }
        defer { signupd_mysql_free_result(metadata) }
        let fields = UnsafeBufferPointer(
            start: signupd_mysql_fetch_fields(metadata),
            count: Int(signupd_mysql_num_fields(metadata))
        )
        let memory = ResultMemory(fields)
        results = memory
        return memory
    }
}
