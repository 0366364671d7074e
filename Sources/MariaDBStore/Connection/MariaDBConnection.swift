// One connection to the server: its handle, its prepared statements, and the only calls that reach them.

internal import CMariaDB
import Glibc

/// Made, used and released on one thread.
final class MariaDBConnection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private let stopwatch: Stopwatch
    private let isTransactionsOnly: Bool
    private var prepared: [Statement: PreparedStatement] = [:]

    /// Connects, and tells the server how we work.
    init(_ configuration: MariaDBConfiguration, _ purpose: ConnectionPurpose) throws(DatabaseError) {
        let handle = try ConnectionOptions.makeHandle(configuration, purpose)
        self.handle = handle
        isTransactionsOnly = purpose.isTransactionsOnly
        stopwatch = Stopwatch(timeoutSeconds: purpose.readWriteTimeoutSeconds)
        // From here on deinit closes the handle.
        let isSocket = configuration.socketPath != nil
        let connected = signupd_mysql_real_connect(
            handle,
            isSocket ? nil : configuration.host,
            configuration.user,
            configuration.password,
            configuration.database,
            isSocket ? 0 : UInt32(clamping: configuration.port),
            configuration.socketPath,
            UInt(CLIENT_FOUND_ROWS)
        )
        guard connected != nil else { throw stopwatch.error(of: handle) }
        try send("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        try execute(Self.sessionSettings, Self.sessionValues(purpose))
    }

    /// The one place where the handles are freed: first the connection, so that closing statements sends nothing.
    deinit {
        signupd_mysql_close(handle)
        for statement in prepared.values { statement.close() }
    }

    private static let sessionSettings = Statement(
        """
        SET SESSION time_zone = '+00:00', sql_mode = 'TRADITIONAL', completion_type = 'NO_CHAIN',
            autocommit = ?, max_statement_time = ?, innodb_lock_wait_timeout = ?, lock_wait_timeout = ?, idle_transaction_timeout = ?
        """
    )

    private static func sessionValues(_ purpose: ConnectionPurpose) -> [Parameter] {
        [
            .integer(purpose.isTransactionsOnly ? 0 : 1),
            .integer(purpose.statementTimeoutSeconds),
            .integer(Limits.lockWaitSeconds),
            .integer(min(Limits.metadataLockWaitSeconds, purpose.statementTimeoutSeconds)),
            .integer(Limits.idleTransactionSeconds),
        ]
    }

    /// Runs a statement without a result set.
    ///
    /// - Returns: how many rows it inserted, deleted, or found to update.
    @discardableResult
    func execute(_ statement: Statement, _ values: [Parameter] = []) throws(DatabaseError) -> Int {
        try preparedStatement(statement).execute(values)
    }

    /// Runs a statement without a result set once for each row of values; nothing for none.
    func executeMany(_ statement: Statement, _ rows: [[Parameter]]) throws(DatabaseError) {
        guard !rows.isEmpty else { return }
        try preparedStatement(statement).executeMany(rows)
    }

    /// Runs a statement and reads its rows.
    func query<Row>(
        _ statement: Statement,
        _ values: [Parameter] = [],
        _ read: (ResultRow) throws(DatabaseError) -> Row
    ) throws(DatabaseError) -> [Row] {
        try preparedStatement(statement).query(values, read)
    }

    private func preparedStatement(_ statement: Statement) throws(DatabaseError) -> PreparedStatement {
        if let known = prepared[statement] { return known }
        let new = try PreparedStatement(statement, on: handle, stopwatch: stopwatch)
        prepared[statement] = new
        return new
    }

    func begin() throws(DatabaseError) {
        if !isTransactionsOnly { try send("START TRANSACTION") }
    }

    func commit() throws(DatabaseError) { try send("COMMIT") }
    func rollBack() throws(DatabaseError) { try send("ROLLBACK") }

    /// Sends a fixed text that needs no values, unprepared: schema changes, and the ends of transactions.
    func send(_ text: StaticString) throws(DatabaseError) {
        stopwatch.start()
        let status = text.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { signupd_mysql_real_query(handle, $0.baseAddress, UInt($0.count)) }
        }
        guard status == 0 else { throw stopwatch.error(of: handle) }
    }

    /// One round trip that does nothing.
    func ping() throws(DatabaseError) {
        stopwatch.start()
        guard signupd_mysql_ping(handle) == 0 else { throw stopwatch.error(of: handle) }
    }

    /// Whether the server still answers, asked with less patience than work gets; if not, the connection is of no more use.
    func answers(withinSeconds seconds: Int) -> Bool {
        let question = "DO 0"
        guard signupd_mysql_send_query(handle, question, UInt(question.utf8.count)) == 0 else { return false }
        return isReadable(afterMilliseconds: seconds * 1000) && signupd_mysql_read_query_result(handle) == 0
    }

    /// Whether the server closed the connection while it was idle. It never speaks first but to say goodbye; no round trip.
    var wasClosedByServer: Bool { isReadable(afterMilliseconds: 0) }

    private func isReadable(afterMilliseconds milliseconds: Int) -> Bool {
        var descriptor = pollfd(fd: signupd_mysql_get_socket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, Int32(clamping: milliseconds)) != 0
    }

    /// The server's version, as it introduced itself.
    var serverVersion: String {
        signupd_mysql_get_server_info(handle).map { String(cString: $0) } ?? ""
    }
}
