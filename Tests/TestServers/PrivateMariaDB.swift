// A MariaDB server of the test's own: a fresh data directory, a Unix socket, and gone with the test process.

public import Foundation
import Glibc
import Synchronization

/// The server's certificate, for tests of TLS.
public struct ServerCertificate: Sendable {
    public let certificateFile: URL
    public let keyFile: URL

    public init(certificateFile: URL, keyFile: URL) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

public final class PrivateMariaDB: Sendable {
    /// One server for all tests of a process that do not harm it; each takes a database of its own.
    public static let shared: Result<PrivateMariaDB, any Error> = Result { try start() }

    /// The account that tests work as: it owns the databases it is given, and may do nothing else.
    public let user = "signupd"
    public let password = "pw-\(UUID().uuidString)"
    public let directory: URL
    public let socketPath: String
    /// On 127.0.0.1; `nil` when the server listens on its socket only.
    public let port: Int?

    private let arguments: [String]
    private let process = Mutex<ServerProcess?>(nil)

    /// Makes a data directory and starts a server on it.
    ///
    /// - Parameters:
    ///   - directory: where its files go; `nil` for a temporary one, removed when the test process ends.
    ///   - port: listen on 127.0.0.1 too.
    ///   - isDurable: each commit waits for the disk, as in production.
    ///   - certificate: speak TLS over TCP.
    public static func start(
        in directory: URL? = nil,
        port: Int? = nil,
        isDurable: Bool = true,
        certificate: ServerCertificate? = nil,
        extraArguments: [String] = []
    ) throws -> PrivateMariaDB {
        let home: URL
        if let directory {
            home = directory
        } else {
            home = try makeTemporaryDirectory("mariadb")
            Leftovers.removeAtExit(home)
        }
        let server = PrivateMariaDB(
            home,
            port: port,
            isDurable: isDurable,
            certificate: certificate,
            extraArguments: extraArguments
        )
        try server.install()
        try server.launch()
        for host in ["localhost", "%"] {
            _ = try server.run("CREATE USER '\(server.user)'@'\(host)' IDENTIFIED BY '\(server.password)'")
        }
        return server
    }

    private init(
        _ directory: URL,
        port: Int?,
        isDurable: Bool,
        certificate: ServerCertificate?,
        extraArguments: [String]
    ) {
        self.directory = directory
        self.port = port
        socketPath = directory.appendingPathComponent("mariadb.sock").path
        var arguments = [
            "--socket=\(socketPath)",
            "--pid-file=\(directory.appendingPathComponent("pid").path)",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=\(isDurable ? 1 : 0)",
            "--innodb-buffer-pool-size=64M",
            "--performance-schema=OFF",
            "--max-connections=1000",
        ]
        arguments += port.map { ["--bind-address=127.0.0.1", "--port=\($0)"] } ?? ["--skip-networking"]
        if let certificate {
            arguments += ["--ssl-cert=\(certificate.certificateFile.path)", "--ssl-key=\(certificate.keyFile.path)"]
        }
        self.arguments = arguments + extraArguments
    }

    private var commonArguments: [String] {
        // The server refuses to run as root unless told to.
        let account = geteuid() == 0 ? ["--user=root"] : []
        let data = directory.appendingPathComponent("data").path
        // A server that starts removes what it takes for leftovers in its directory for temporary files: another's, if they shared it.
        let temporary = directory.path
        return ["--no-defaults"] + account
            + ["--datadir=\(data)", "--tmpdir=\(temporary)", "--innodb-log-file-size=32M"]
    }

    private func install() throws {
        let options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        _ = try Self.runTool("mariadb-install-db", commonArguments + options)
    }

    private func launch() throws {
        let log = directory.appendingPathComponent("server.log")
        let started = try ServerProcess("mariadbd", commonArguments + arguments, log: log)
        process.withLock { $0 = started }
        try started.waitUntilReady { (try? run("SELECT 1")) != nil }  // Not ready is what we wait out.
    }

    /// A fresh, empty database that `user` owns.
    public func makeDatabase() throws -> String {
        let name = "d" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        _ = try run("CREATE DATABASE \(name) CHARACTER SET utf8mb4")
        for host in ["localhost", "%"] {
            _ = try run("GRANT ALL ON \(name).* TO '\(user)'@'\(host)'")
        }
        return name
    }

    /// Runs SQL as root, beside the code under test. Returns what the client prints: tab-separated, without headings.
    public func run(_ sql: String, database: String? = nil) throws -> String {
        var options = ["--no-defaults", "--user=root", "--socket=\(socketPath)", "--batch", "--skip-column-names"]
        if let database { options.append("--database=\(database)") }
        return try Self.runTool("mariadb", options + ["--execute=\(sql)"])
    }

    /// Ends the server as a power cut would, but for what the kernel has buffered.
    public func kill9() {
        process.withLock { process in
            process?.stop()
            process = nil
        }
    }

    /// Starts the server again on the same data, after `kill9` or `stop`.
    public func restart() throws {
        kill9()
        try launch()
    }

    /// Stops the server's threads where they are: it accepts connections and answers nothing.
    public func freeze() throws {
        let tasks = URL(fileURLWithPath: "/proc/\(try signal(SIGSTOP))/task")
        // The signal is sent; each thread stops when it next looks.
        let end = Date().addingTimeInterval(10)
        while Date() < end {
            let stats = try FileManager.default.contentsOfDirectory(at: tasks, includingPropertiesForKeys: nil).map {
                try String(contentsOf: $0.appendingPathComponent("stat"), encoding: .utf8)
            }
            if stats.allSatisfy({ $0.contains(") T ") }) { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw ServerFailure("the server does not stop")
    }

    /// Lets a frozen server go on.
    public func thaw() throws {
        _ = try signal(SIGCONT)
    }

    /// Ends the server. Its files stay.
    public func stop() {
        kill9()
    }

    /// The server's process id.
    public func processIdentifier() throws -> Int32 {
        guard let running = process.withLock({ $0 }) else { throw ServerFailure("the server does not run") }
        return try running.processIdentifier()
    }

    /// - Returns: the server's process id.
    private func signal(_ number: Int32) throws -> Int32 {
        let identifier = try processIdentifier()
        guard kill(identifier, number) == 0 else { throw ServerFailure("the server cannot be signalled") }
        return identifier
    }

    /// A self-signed certificate for one host name, made with the openssl command.
    public static func makeCertificate(for host: String, in directory: URL) throws -> ServerCertificate {
        let certificate = ServerCertificate(
            certificateFile: directory.appendingPathComponent("\(host).crt"),
            keyFile: directory.appendingPathComponent("\(host).key")
        )
        let request = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        ]
        let names = ["-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)"]
        let files = ["-out", certificate.certificateFile.path, "-keyout", certificate.keyFile.path]
        _ = try runTool("openssl", request + names + files)
        return certificate
    }

    private static func runTool(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ServerFailure("\(tool): \(text.suffix(2000))") }
        return text.trimmingCharacters(in: .newlines)
    }
}
