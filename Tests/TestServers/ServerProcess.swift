// A server that a test started: it dies with the test, however the test ends.

public import Foundation

/// What went wrong while a server started; the text holds the end of its log.
public struct ServerFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A child process under a small shell that kills it when our end of its standard input closes, as it does when a test is
/// killed. (PR_SET_PDEATHSIG would fire when the *thread* that started it ends.) It leads a session of its own, as
/// a service manager's services do: the kernel shares the cores out by session.
public final class ServerProcess: @unchecked Sendable {
    // @unchecked: Foundation's Process is not Sendable; it is started in init and only signalled afterwards.
    private let process = Process()
    private let lifeline = Pipe()
    /// Where the server's standard output and error go.
    public let log: URL

    /// Starts `executable` (found in PATH, or with Debian's sbin directories) with its output in `log`.
    public init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        self.log = log
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw ServerFailure("cannot write \(log.path)")
        }
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script =
            #"trap '' TERM INT; setsid "$@" & child=$!; echo $child > "$PID_FILE"; cat > /dev/null; kill -9 $child; wait"#
        process.arguments = ["-c", script, "sh", executable] + arguments
        // Not the settings of whoever runs the tests: a server has those that it is given.
        var inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SIGNUPD_") }
        inherited["PATH"] = (inherited["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
        inherited["PID_FILE"] = Self.pidFile(log).path
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = lifeline
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try output.close()
    }

    private static func pidFile(_ log: URL) -> URL {
        log.appendingPathExtension("pid")
    }

    /// The server's own process id, for a test that kills or stops it.
    public func processIdentifier() throws -> Int32 {
        let text = try String(contentsOf: Self.pidFile(log), encoding: .utf8)
        guard let identifier = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ServerFailure("no process id in \(Self.pidFile(log).path)")
        }
        return identifier
    }

    /// Polls until `isReady` says so; fails with the log's end after `seconds`.
    public func waitUntilReady(seconds: Double = 60, _ isReady: () -> Bool) throws {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if isReady() { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        throw ServerFailure("the server is not ready after \(seconds) s; its log ends: \(text.suffix(2000))")
    }

    /// Kills the server (SIGKILL) and waits for it.
    public func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    deinit {
        try? lifeline.fileHandleForWriting.close()
    }
}

/// A directory of the test's own under /tmp, with a path short enough for a Unix socket (108 bytes).
public func makeTemporaryDirectory(_ name: String) throws -> URL {
    let directory = URL(fileURLWithPath: "/tmp").appendingPathComponent(
        "signupd-\(name)-\(UUID().uuidString.prefix(8))"
    )
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
}
