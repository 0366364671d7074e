// aiosmtpd: an SMTP server with STARTTLS or TLS, a login, and a record of every byte it was sent.

public import Foundation

public final class AuthenticatingSMTPServer: Sendable {
    /// What it is like.
    public struct Options: Sendable {
        /// Offers (and insists on) STARTTLS; `nil` offers none.
        public var certificate: TestCertificate?
        /// TLS from the first byte instead of STARTTLS.
        public var implicitTLS = false
        /// The only login it takes; `nil` asks for none.
        public var login: (user: String, password: String)?
        /// Closes a connection that is idle for so long.
        public var idleSeconds: Double?
        /// Says 421 before it closes an idle connection.
        public var farewell = false

        public init() {}
    }

    /// A stretch of what a client sent.
    public struct Bytes: Sendable {
        public let connection: Int
        public let encrypted: Bool
        public let data: Data
    }

    /// A message it accepted.
    public struct Message: Sendable, Equatable {
        public let connection: Int
        public let from: String
        public let to: [String]
        /// Who had logged in.
        public let user: String?
        /// Headers and bodies.
        public let data: Data
    }

    /// Where on 127.0.0.1 it listens.
    public let port: UInt16
    private let directory: URL
    private let process: ServerProcess

    public static func start(_ options: Options) throws -> AuthenticatingSMTPServer {
        try AuthenticatingSMTPServer(options)
    }

    private init(_ options: Options) throws {
        directory = try makeTemporaryDirectory("smtp")
        let script = TestData.directory.appendingPathComponent("mail/smtp_server.py")
        let json = String(decoding: try JSONSerialization.data(withJSONObject: options.json), as: UTF8.self)
        process = try ServerProcess(
            "/usr/bin/python3",
            [script.path, directory.path, json],
            log: directory.appendingPathComponent("log")
        )
        let portFile = directory.appendingPathComponent("port")
        var port: UInt16?
        try process.waitUntilReady {
            // Not there yet: the next round looks again.
            port = (try? String(contentsOf: portFile, encoding: .utf8)).flatMap { UInt16($0) }
            return port != nil
        }
        guard let port else { throw ServerFailure("no port in \(portFile.path)") }
        self.port = port
    }

    public func stop() { process.stop() }

    public func bytes() throws -> [Bytes] {
        try events(named: "bytes").compactMap { event in
            guard let connection = event["connection"] as? Int, let encrypted = event["encrypted"] as? Bool,
                let data = (event["base64"] as? String).flatMap({ Data(base64Encoded: $0) })
            else { return nil }
            return Bytes(connection: connection, encrypted: encrypted, data: data)
        }
    }

    public func messages() throws -> [Message] {
        try events(named: "message").compactMap { event in
            guard let connection = event["connection"] as? Int, let from = event["from"] as? String,
                let to = event["to"] as? [String],
                let data = (event["base64"] as? String).flatMap({ Data(base64Encoded: $0) })
            else { return nil }
            return Message(connection: connection, from: from, to: to, user: event["user"] as? String, data: data)
        }
    }

    /// Refuses these addresses at RCPT from now on, each with its reply, and no others. The reply of `content` is to every message, with
    /// its own line for `{subject}`.
    public func refuse(_ replies: [String: String]) throws {
        let data = try JSONSerialization.data(withJSONObject: replies)
        try data.write(to: directory.appendingPathComponent("refusals"), options: .atomic)
    }

    public func connectionCount() throws -> Int {
        try events(named: "open").count
    }

    /// Waits until it has closed (or seen closed) so many connections.
    public func waitUntilClosed(_ count: Int) throws {
        try process.waitUntilReady(seconds: 30) {
            // The file is there with the first event.
            (try? events(named: "close").count) ?? 0 >= count
        }
    }

    private func events(named name: String) throws -> [[String: Any]] {
        let file = directory.appendingPathComponent("events")
        let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
        return try lines.compactMap { line in
            let event = try JSONSerialization.jsonObject(with: line) as? [String: Any]
            return event?["event"] as? String == name ? event : nil
        }
    }
}

extension AuthenticatingSMTPServer.Options {
    fileprivate var json: [String: Any] {
        var json: [String: Any] = ["implicit_tls": implicitTLS, "farewell": farewell]
        if let certificate {
            json["certificate"] = certificate.certificate.path
            json["key"] = certificate.key.path
        }
        if let login {
            json["user"] = login.user
            json["password"] = login.password
        }
        if let idleSeconds { json["idle_seconds"] = idleSeconds }
        return json
    }
}
