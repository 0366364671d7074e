// `signupd serve` under a test, and a client for its socket.

public import Foundation
import Synchronization
import TestServers

/// A server of the test's own.
public final class RunningServer: Sendable {
    public let socketPath: String
    private let process: Mutex<Process>
    private let errorFile: URL

    /// Starts `signupd serve` and waits until its socket takes connections.
    ///
    /// - Parameters:
    ///   - directory: of the socket.
    ///   - logDirectory: of the file with its standard error; `nil`: the socket's.
    public init(_ program: Program, directory: URL, logDirectory: URL? = nil, arguments: [String] = []) async throws {
        socketPath = directory.appendingPathComponent("s.sock").path
        errorFile = (logDirectory ?? directory).appendingPathComponent("serve-\(UUID().uuidString.prefix(4)).log")
        try Data().write(to: errorFile)
        let process = try program.process(["serve", "--socket", socketPath] + arguments)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        self.process = Mutex(process)
        let end = Date().addingTimeInterval(20)
        while Date() < end {
            if (try? SocketClient(path: socketPath)) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServerFailure("signupd does not serve after 20 s: \(log)")
    }

    /// What it wrote to standard error so far.
    public var log: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    public var processIdentifier: Int32 { process.withLock { $0.processIdentifier } }

    /// Sends SIGTERM and waits. Returns the exit status.
    public func stop() -> Int32 {
        process.withLock { process in
            process.terminate()
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// Sends SIGKILL and waits.
    public func kill9() {
        process.withLock { process in
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    deinit {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    }
}

/// A blocking client: one request, one reply.
public final class SocketClient: @unchecked Sendable {
    // @unchecked: used by one task at a time; the buffer is its own.
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var record = ReplyRecord()

    public init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw ServerFailure("cannot connect to \(path): \(String(cString: strerror(errno)))")
        }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    public func send(_ text: String) throws {
        try send(Array(text.utf8)[...])
    }

    public func send(_ piece: ArraySlice<UInt8>) throws {
        record.sent(piece)
        try piece.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { throw ServerFailure("the connection broke while sending") }
                sent += count
            }
        }
    }

    /// Says that nothing more is coming, and goes on reading.
    public func halfClose() {
        record.sent([UInt8(ascii: "\n")])  // The end of the last line, which may lack its LF.
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The next line, or `nil` at the end.
    public func receive() throws -> String? {
        while true {
            if let newline = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<newline], as: UTF8.self)
                buffer.removeSubrange(...newline)
                record.received(line)
                return line
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { return nil }
            guard count > 0 else { throw ServerFailure("no reply within 30 s, or the connection broke") }
            buffer += chunk[..<count]
        }
    }

    public func call(_ id: Int, _ method: String, _ params: [String: Any] = [:]) throws -> [String: any Sendable] {
        try send(try JSONLine.text(request(id, method, params)) + "\n")
        guard let line = try receive() else { throw ServerFailure("closed without a reply") }
        return try JSONLine.object(line)
    }
}
