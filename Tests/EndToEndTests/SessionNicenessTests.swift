// Where the kernel shares the cores out by session, a server's own session has the smaller share, and nobody else's.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("A server's session", .serialized)
struct SessionNicenessTests {
    /// What a session has unless somebody says otherwise.
    private static let usual = 0

    @Test("stands back behind others, also for a user without rights")
    func own() async throws {
        #expect(try await niceness() == 10)
    }

    @Test("stays as somebody has set it")
    func set() async throws {
        let launcher = ["sh", "-c", #"echo 4 > /proc/self/autogroup && exec "$@""#, "sh"]
        #expect(try await niceness(launcher) == 4)
    }

    @Test("that is not its own is left alone")
    func others() async throws {
        // As a shell does: it leads the session, and the server is its child.
        let launcher = ["sh", "-c", #""$@" & wait"#, "sh"]
        #expect(try await niceness(launcher) == Self.usual)
    }

    /// Of the session that a server is started in, once it serves.
    private func niceness(_ launcher: [String] = []) async throws -> Int {
        let directory = try OrdinaryUser.makeDirectory("session")
        let program = try OrdinaryUser.program(directory, before: launcher)
        let socketPath = directory.appendingPathComponent("s.sock").path
        let server = try ServerProcess(
            program.launcher[0],
            program.launcher.dropFirst() + ["serve", "--socket", socketPath],
            environment: program.environment,
            log: directory.appendingPathComponent("log")
        )
        defer { server.stop() }
        return try await onOwnThread {
            try server.waitUntilReady { FileManager.default.fileExists(atPath: socketPath) }
            let leader = try server.processIdentifier()
            // With whom it has started; a session begins with one group of processes.
            defer { kill(-leader, SIGKILL) }
            let file = "/proc/\(leader)/autogroup"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(!(try String(contentsOf: server.log, encoding: .utf8)).contains("hashing may hold up"))
            return try #require(text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
        }
    }
}
