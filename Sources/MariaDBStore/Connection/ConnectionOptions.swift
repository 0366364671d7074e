// The client library's settings that make it safe: its defaults wait forever, send files, and check no certificate.

internal import CMariaDB

/// What a connection is for: callers' work, or changing the schema.
struct ConnectionPurpose {
    let connectTimeoutSeconds: Int
    let readWriteTimeoutSeconds: Int
    /// The server gives up on a statement after this; before we do, so that nobody's work goes on unwatched.
    let statementTimeoutSeconds: Int
    /// Nothing but transactions: each begins with its first statement, and a round trip to begin it is spared.
    let isTransactionsOnly: Bool

    static func work(_ configuration: MariaDBConfiguration, isTransactionsOnly: Bool = false) -> ConnectionPurpose {
        ConnectionPurpose(
            connectTimeoutSeconds: configuration.connectTimeoutSeconds,
            readWriteTimeoutSeconds: configuration.readWriteTimeoutSeconds,
            statementTimeoutSeconds: max(1, configuration.readWriteTimeoutSeconds - 1),
            isTransactionsOnly: isTransactionsOnly
        )
    }

    static func migration(_ configuration: MariaDBConfiguration) -> ConnectionPurpose {
        ConnectionPurpose(
            connectTimeoutSeconds: configuration.connectTimeoutSeconds,
            readWriteTimeoutSeconds: Limits.migrationStatementSeconds,
            statementTimeoutSeconds: Limits.migrationStatementSeconds,
            isTransactionsOnly: false
        )
    }
}

enum ConnectionOptions {
    /// Opens the library, the first time. Why it cannot be opened; `nil` once it is open.
    static var libraryProblem: String? {
        if signupd_mysql_library() != nil { return nil }
        // It was the last call, so there is one.
        let reason = dlerror().map { String(cString: $0) } ?? "no reason was given"
        return "needs the client library of MariaDB (Debian: libmariadb3), which cannot be opened: \(reason)"
    }

    /// The library's one-time start, which is not thread-safe by itself.
    private static let libraryIsStarted: Bool = signupd_mysql_server_init(0, nil, nil) == 0

    /// A handle with every option set, not yet connected.
    static func makeHandle(
        _ configuration: MariaDBConfiguration,
        _ purpose: ConnectionPurpose
    ) throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
        if let problem = libraryProblem { throw .withoutLibrary(problem) }
        guard libraryIsStarted, let handle = signupd_mysql_init(nil) else {
            throw .malformed("the client library could not start")
        }
        set(handle, MYSQL_OPT_CONNECT_TIMEOUT, UInt32(clamping: purpose.connectTimeoutSeconds))
        // The handshake keeps to the timeout above. Once connected, these can no longer be changed.
        set(handle, MYSQL_OPT_READ_TIMEOUT, UInt32(clamping: purpose.readWriteTimeoutSeconds))
        set(handle, MYSQL_OPT_WRITE_TIMEOUT, UInt32(clamping: purpose.readWriteTimeoutSeconds))
        set(handle, MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        set(handle, MYSQL_OPT_RECONNECT, my_bool(0))
        // Else the library takes "localhost" for the default socket.
        let transport = configuration.socketPath == nil ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET
        set(handle, MYSQL_OPT_PROTOCOL, transport.rawValue)
        signupd_mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        if configuration.verifiesTLS {
            set(handle, MYSQL_OPT_SSL_ENFORCE, my_bool(1))
            set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, my_bool(1))
            if let caFile = configuration.caFile { signupd_mysql_options(handle, MYSQL_OPT_SSL_CA, caFile) }
        }
        return handle
    }

    /// The library copies the value.
    private static func set(
        _ handle: UnsafeMutablePointer<MYSQL>,
        _ option: mysql_option,
        _ value: some BitwiseCopyable
    ) {
        withUnsafeBytes(of: value) { _ = signupd_mysql_options(handle, option, $0.baseAddress) }
    }
}
