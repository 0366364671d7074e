// What the socket tests need beside a server and a client: other ways to start it, and a look at the process.

import Foundation
import TestProgram
import TestServers
import Testing

extension Program {
    /// Another command with this program's environment: a launcher, a client under another user.
    func command(_ executable: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        return process
    }
}

extension Process {
    /// Runs to the end and returns what it wrote to standard output.
    func outputAtExit() throws -> String {
        let output = Pipe()
        standardOutput = output
        try run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Waits for the end, but not for ever.
    func waitUntilExit(seconds: Double) async throws -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while isRunning, Date() < end { try await Task.sleep(for: .milliseconds(20)) }
        return !isRunning
    }
}

/// Runs what blocks for long on a thread of its own: the tests share a thread for each core, and those who wait for one of
/// them would see everything late.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}

/// A server on 127.0.0.1 that takes connections and says nothing, as one that hangs.
final class SilentServer {
    let port: UInt16
    private let process = Process()

    init() throws {
        let script = """
            import socket, time
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            time.sleep(120)
            """
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script]
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(line.trimmingCharacters(in: .newlines)))
    }

    deinit {
        process.killNow()
    }
}

extension Process {
    /// SIGTERM may be blocked: a thread of Dispatch hands its mask of signals on to what it starts.
    func killNow() {
        if isRunning { kill(processIdentifier, SIGKILL) }
    }
}

/// How much a pipe holds.
enum PipeSize {
    /// F_SETPIPE_SZ of fcntl(2), which Glibc's module leaves out: 1024 + 7.
    static let set: Int32 = 1031
}

/// A process as the kernel sees it.
enum ProcessMemory {
    /// The most memory it ever had, in MiB.
    static func peakMiB(_ processIdentifier: Int32) throws -> Int {
        try mebibytes("VmHWM", processIdentifier)
    }

    /// What it has now of its own, in MiB: without the pages of files, which come and go.
    static func anonymousMiB(_ processIdentifier: Int32) throws -> Int {
        try mebibytes("RssAnon", processIdentifier)
    }

    private static func mebibytes(_ name: String, _ processIdentifier: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
        let kibibytes = try #require(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first)
        return try #require(Int(kibibytes)) / 1024
    }
}

/// A connection that is written to as far as it goes and never read.
final class DeafClient {
    private let descriptor: Int32

    init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        self.descriptor = descriptor
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw ServerFailure("cannot connect to \(path)") }
    }

    deinit {
        close(descriptor)
    }

    /// Sends until all is taken or nothing has been for a while.
    ///
    /// - Returns: how many bytes the server (and the kernel) took.
    func send(_ bytes: [UInt8], patience: Duration) async throws -> Int {
        var sent = 0
        var latestProgress = ContinuousClock.now
        while sent < bytes.count, .now - latestProgress < patience {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
                latestProgress = .now
            } else {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return sent
    }

    /// Whether the server has closed its end.
    var isClosed: Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLHUP | POLLERR) != 0
    }
}

/// The service manager's end of sd_notify(3).
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(directory: URL) throws {
        let path = directory.appendingPathComponent("notify.sock").path
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw ServerFailure("cannot bind \(path)") }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// The next state it is told; `nil` after 20 s of silence.
    func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
