// Where the database is and how hard to lean on it. Reading these from settings is the executable's business.

/// How to reach MariaDB. Printing one never shows the password.
public struct MariaDBConfiguration: Sendable {
    /// A name or an address; not used when there is a `socketPath`.
    public var host: String
    public var port: Int
    /// A Unix socket, used instead of TCP.
    public var socketPath: String?
    public var user: String
    public var password: String
    public var database: String
    /// The certificate authorities that vouch for the server; `nil` for the system's.
    public var caFile: String?

    /// Connections that do nothing but activate.
    public var activationConnections: Int
    /// Connections for everything else an account or an operator asks for.
    public var generalConnections: Int
    /// Connections for the courier's confirmations and settlements. One shares transactions best.
    public var courierConnections: Int
    public var connectTimeoutSeconds: Int
    /// How long one read from or write to the server may take.
    public var readWriteTimeoutSeconds: Int
    /// How many calls of each kind may wait for a connection; one more is refused as overloaded.
    public var queueCapacity: Int
    /// Activations that share one transaction, at most 128.
    public var activationBatchLimit: Int

    public init(
        host: String = "127.0.0.1",
        port: Int = 3306,
        socketPath: String? = nil,
        user: String,
        password: String,
        database: String,
        caFile: String? = nil,
        activationConnections: Int = 2,
        generalConnections: Int = 4,
        courierConnections: Int = 1,
        connectTimeoutSeconds: Int = 2,
        readWriteTimeoutSeconds: Int = 5,
        queueCapacity: Int = 4096,
        activationBatchLimit: Int = 128
    ) {
        self.host = host
        self.port = port
        self.socketPath = socketPath
        self.user = user
        self.password = password
        self.database = database
        self.caFile = caFile
        self.activationConnections = activationConnections
        self.generalConnections = generalConnections
        self.courierConnections = courierConnections
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.readWriteTimeoutSeconds = readWriteTimeoutSeconds
        self.queueCapacity = queueCapacity
        self.activationBatchLimit = activationBatchLimit
    }

    /// Whether the server must prove itself by a certificate: always once the bytes leave this machine, and wherever the
    /// operator named an authority.
    public var verifiesTLS: Bool {
        guard socketPath == nil else { return false }
        return caFile != nil || !isLoopback
    }

    private var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}

extension MariaDBConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let place = socketPath ?? "\(host):\(port)"
        return "mariadb://\(user):***@\(place)/\(database)"
    }

    public var debugDescription: String { description }

    /// Empty, so that `dump` does not show the password either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
