// Where Redis is, how to log in, and how long to wait for it.

/// Everything a ``RedisStore`` needs to know. Never prints its password.
public struct RedisConfiguration: Sendable {
    /// A host name or IP address; ignored when ``socketPath`` is given.
    public let host: String?
    public let port: Int
    /// A Unix socket, at most 107 bytes.
    public let socketPath: String?
    /// An ACL user; `nil` logs in as the default user, if there is a password at all.
    public let user: String?
    public let password: String?
    /// The logical database. A cluster has only 0.
    public let database: Int
    /// Begins the name of every key, so that several services can share one Redis.
    public let keyPrefix: String
    /// For connecting, and for a batch of commands. Looking up a host name is not under it: prefer an address.
    public let timeout: Duration
    /// How many commands may wait for the connection; one more is refused as overloaded.
    public let queueCapacity: Int
    /// How many commands go out in one pipeline at most.
    public let batchLimit: Int

    public init(
        host: String? = nil,
        port: Int = 6379,
        socketPath: String? = nil,
        user: String? = nil,
        password: String? = nil,
        database: Int = 0,
        keyPrefix: String = "signupd",
        timeout: Duration = .seconds(1),
        queueCapacity: Int = Bounds.queueCapacity,
        batchLimit: Int = Bounds.batchLimit
    ) {
        self.host = host
        self.port = port
        self.socketPath = socketPath
        self.user = user
        self.password = password
        self.database = database
        self.keyPrefix = keyPrefix
        self.timeout = timeout
        self.queueCapacity = queueCapacity
        self.batchLimit = batchLimit
    }

    /// Where it is, for logs and people.
    var place: String {
        socketPath ?? "\(host ?? Self.defaultHost):\(port)"
    }

    /// The address rather than the name: no lookup, and no try over IPv6 first.
    static let defaultHost = "127.0.0.1"
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Redis at \(place), database \(database)" }
    public var debugDescription: String { description }
    /// `dump` and test failures print a mirror: one without the password.
    public var customMirror: Mirror { Mirror(self, children: ["place": place, "database": database]) }
}
