// A Redis of the test's own: on a Unix socket in a temporary directory, without persistence unless asked for.

public import Foundation
import Synchronization

/// A Redis that can be stopped, paused, killed and started again. Dies with the test, however the test ends.
public final class PrivateRedis: Sendable {
    /// Where it listens, and nowhere else.
    public let socketPath: String
    private let directory: URL
    private let arguments: [String]
    private let password: String?
    /// `nil` while it is stopped.
    private let server = Mutex<ServerProcess?>(nil)

    /// One for all tests of this process that do not hurt it. Give each a key prefix of its own.
    public static func shared() throws -> PrivateRedis { try sharedServer.get() }

    private static let sharedServer: Result<PrivateRedis, any Error> = Result {
        let server = try start()
        atexit {
            // The process is ending; whatever fails now hurts nobody.
            try? PrivateRedis.shared().stop()
        }
        return server
    }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - directory: where socket, log and data go; a new one under /tmp if `nil`.
    ///   - appendOnly: whether a restart brings everything back, rather than nothing.
    ///   - arguments: more settings, as `redis-server` takes them.
    public static func start(
        in directory: URL? = nil,
        appendOnly: Bool = false,
        password: String? = nil,
        arguments: [String] = []
    ) throws -> PrivateRedis {
        let directory = try directory ?? makeTemporaryDirectory("redis")
        var settings = ["--appendonly", appendOnly ? "yes" : "no", "--appendfsync", "always"]
        if let password { settings += ["--requirepass", password] }
        let redis = PrivateRedis(directory: directory, arguments: settings + arguments, password: password)
        try redis.restart()
        return redis
    }

    private init(directory: URL, arguments: [String], password: String?) {
        self.directory = directory
        self.password = password
        socketPath = directory.appendingPathComponent("redis.sock").path
        self.arguments =
            ["--port", "0", "--unixsocket", socketPath, "--unixsocketperm", "700"]
            + ["--dir", directory.path, "--save", "", "--daemonize", "no"] + arguments
    }

    deinit {
        stop()
    }

    /// Runs one command with `redis-cli` and returns its raw output without the last line feed.
    @discardableResult
    public func command(_ words: String...) throws -> String {
        try command(words)
    }

    /// Forgets all keys, not the scripts.
    public func flushAll() throws {
        try command("FLUSHALL")
    }

    /// SIGKILL, and waits for the end of the process.
    public func kill9() {
        server.withLock { server in
            server?.stop()
            server = nil
        }
    }

    /// Starts it again, after killing it if it runs.
    public func restart() throws {
        kill9()
        let log = directory.appendingPathComponent("redis.log")
        let process = try ServerProcess("redis-server", arguments, log: log)
        server.withLock { $0 = process }
        try process.waitUntilReady { (try? command("PING")) == "PONG" }
    }

    /// SIGSTOP: its connections stay open and nothing answers, as on a hung machine.
    public func pause() throws { try signal(SIGSTOP) }

    /// SIGCONT.
    public func resume() throws { try signal(SIGCONT) }

    /// Ends it for good, and removes its directory.
    public func stop() {
        kill9()
        // A directory that stays behind under /tmp hurts nobody.
        try? FileManager.default.removeItem(at: directory)
    }

    /// The server's process id.
    public func processIdentifier() throws -> Int32 {
        guard let running = server.withLock({ $0 }) else { throw ServerFailure("the server does not run") }
        return try running.processIdentifier()
    }

    private func signal(_ number: Int32) throws {
        guard kill(try processIdentifier(), number) == 0 else { throw ServerFailure("the server cannot be signalled") }
    }

    private func command(_ words: [String]) throws -> String {
        let client = Process()
        let output = Pipe()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        client.arguments = ["redis-cli", "-s", socketPath, "--raw"] + words
        // REDISCLI_AUTH rather than -a: no warning in the output.
        client.environment = ProcessInfo.processInfo.environment.merging(
            password.map { ["REDISCLI_AUTH": $0] } ?? [:]
        ) { $1 }
        client.standardInput = FileHandle.nullDevice
        client.standardOutput = output
        client.standardError = output
        try client.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        client.waitUntilExit()
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
