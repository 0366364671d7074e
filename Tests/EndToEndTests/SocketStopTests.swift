// SIGTERM: exit 0 within ten seconds whatever hangs, at once when asked twice, and the service manager is told.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the stop of a server")
struct SocketStopTests {
    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("stop")
    }

    /// A password is hashed for half a minute or more: a request that hangs.
    private static let endlessHash = ["SIGNUPD_PASSWORD_MEMORY_KIB": "65536", "SIGNUPD_PASSWORD_ITERATIONS": "1000"]

    /// A server with a signup that has begun and does not end.
    private func hangingServer(_ settings: [String: String] = [:]) async throws -> (RunningServer, SocketClient) {
        let settings = Self.endlessHash.merging(settings) { $1 }
        let server = try await RunningServer(
            Program(stateDirectory: directory, settings: settings),
            directory: directory
        )
        let client = try SocketClient(path: server.socketPath)
        let signup = request(1, "signup", signupParams("hang@example.org", nickname: "Hang"))
        try client.send(try JSONLine.text(signup) + "\n")
        // Answered at once, so the line before it has been begun.
        #expect(try client.call(2, "service.ping").id == 2)
        return (server, client)
    }

    @Test("a request that hangs does not keep SIGTERM from exit 0 within ten seconds")
    func hangingRequest() async throws {
        let (server, client) = try await hangingServer()
        let start = ContinuousClock.now
        #expect(try await onOwnThread { server.stop() } == 0)
        let duration = ContinuousClock.now - start
        #expect(duration > .seconds(5) && duration < .seconds(12))
        #expect(!FileManager.default.fileExists(atPath: server.socketPath))
        #expect(try client.receive() == nil)
    }

    @Test("READY=1 when it serves, STOPPING=1 when the stop begins, and a second SIGTERM ends it at once")
    func secondSignal() async throws {
        let manager = try NotifySocket(directory: directory)
        let (server, client) = try await hangingServer(["NOTIFY_SOCKET": manager.path])
        #expect(manager.next() == "READY=1")
        kill(server.processIdentifier, SIGTERM)
        #expect(manager.next() == "STOPPING=1")
        // Requests are still answered: the stop has begun and not ended.
        var reason: String?
        for id in 3..<100 where reason == nil {
            reason = try client.call(id, "service.ping").reason
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(reason == "SHUTTING_DOWN")
        let start = ContinuousClock.now
        #expect(server.stop() == 128 + SIGTERM)
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(!FileManager.default.fileExists(atPath: server.socketPath))
    }

    @Test("a log that nobody reads holds up neither requests nor the stop")
    func unreadLog() async throws {
        let program = Program(stateDirectory: directory)
        let path = directory.appendingPathComponent("s.sock").path
        let process = try program.process(["serve", "--socket", path])
        let log = Pipe()
        #expect(fcntl(log.fileHandleForReading.fileDescriptor, PipeSize.set, 4096) == 4096)
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        // Its own lines at the start fit in; these do not leave room for more.
        try log.fileHandleForWriting.write(contentsOf: Data(count: 4096 - 1024))
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let end = Date().addingTimeInterval(20)
        while (try? SocketClient(path: path)) == nil, Date() < end { try await Task.sleep(for: .milliseconds(20)) }
        // Each connection's first notification is warned about.
        for _ in 1...20 {
            let client = try SocketClient(path: path)
            try client.send(#"{"jsonrpc":"2.0","method":"service.ping"}"# + "\n")
            #expect(try client.call(1, "service.ping").result?["ok"] as? Bool == true)
        }
        kill(process.processIdentifier, SIGTERM)
        // Well before the server's patience with itself ends.
        #expect(try await process.waitUntilExit(seconds: 6))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("clients that come and go in the moment of the stop do not make it a crash")
    func clientsComeAndGo() async throws {
        for _ in 0..<8 {
            let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
            let path = server.socketPath
            let status = try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await onOwnThread {
                            // Until the socket is gone.
                            while (try? SocketClient(path: path)) != nil {}
                        }
                    }
                }
                try await Task.sleep(for: .milliseconds(30))
                let status = try await onOwnThread { server.stop() }
                try await group.waitForAll()
                return status
            }
            #expect(status == 0, "\(server.log)")
        }
    }

    @Test("an idle connection does not hold the stop up")
    func idleConnection() async throws {
        let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
        let client = try SocketClient(path: server.socketPath)
        #expect(try client.call(1, "service.ping").result != nil)
        let start = ContinuousClock.now
        #expect(server.stop() == 0)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try client.receive() == nil)
    }
}
