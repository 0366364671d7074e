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
        // The kernel takes one change in a tenth of a second, from all users together.
        let script = #"until echo 4 > /proc/self/autogroup; do sleep 0.11; done; exec "$@""#
        let launcher = ["sh", "-c", script, "sh"]
        #expect(try await niceness(launcher) == 4)
    }

    @Test("that is not its own is left alone")
    func others() async throws {
        // As a shell does: it leads the session, and the server is its child.
        let launcher = ["sh", "-c", #""$@" & wait"#, "sh"]
        #expect(try await niceness(launcher) == Self.usual)
    }

    @Test("stays as it is where the kernel refuses, and the operator hears what to do instead")
    func refused() async throws {
        // Its mounts are its own, and over the kernel's file lies one that cannot be written.
        let file = try makeTemporaryDirectory("autogroup").appendingPathComponent("autogroup")
        try Data("/autogroup-1 nice 0\n".utf8).write(to: file)
        let script = """
            mount --bind "$0" /proc/$$/autogroup && mount -o remount,bind,ro /proc/$$/autogroup && exec "$@"
            """
        let unshare = geteuid() == 0 ? ["unshare", "--mount"] : ["unshare", "--mount", "--map-root-user"]
        let (niceness, log) = try await sessionAndLog(unshare + ["sh", "-c", script, file.path])
        #expect(niceness == Self.usual)
        #expect(log.contains("hashing may hold up other services: /proc/self/autogroup: "))
        #expect(log.contains("give this service a tenth of their CPU weight instead (docs/deploy.md, "))
    }

    /// Of the session that a server is started in, once it serves and has nothing to say about it.
    private func niceness(_ launcher: [String] = []) async throws -> Int {
        let (niceness, log) = try await sessionAndLog(launcher)
        #expect(!log.contains("hashing may hold up"))
        return niceness
    }

    private func sessionAndLog(_ launcher: [String]) async throws -> (niceness: Int, log: String) {
        let directory = try OrdinaryUser.makeDirectory("session")
        let program = try OrdinaryUser.program(directory, before: launcher)
        let socketPath = directory.appendingPathComponent("s.sock").path
        let server = try ServerProcess(
            program.launcher[0],
            program.launcher.dropFirst() + ["serve", "--socket", socketPath],
            environment: program.environment,
            log: directory.appendingPathComponent("log")
        )
        defer {
            // With whom its leader has started: a session begins with one group of processes.
            if let leader = try? server.processIdentifier() { kill(-leader, SIGKILL) }
            server.stop()
        }
        return try await onOwnThread {
            try server.waitUntilReady { FileManager.default.fileExists(atPath: socketPath) }
            let file = "/proc/\(try server.processIdentifier())/autogroup"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let niceness = try #require(text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
            return (niceness, try String(contentsOf: server.log, encoding: .utf8))
        }
    }
}
