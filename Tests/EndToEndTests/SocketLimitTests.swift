// Who gets a connection, how many, and for how long.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the limits of connections")
struct SocketLimitTests {
    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("limits")
    }

    private func program(_ settings: [String: String] = [:]) -> Program {
        Program(stateDirectory: directory, settings: settings)
    }

    /// A connection that the server is known to have accepted, after it forgot all that were closed before.
    private func connected(_ server: RunningServer) throws -> SocketClient {
        let client = try SocketClient(path: server.socketPath)
        #expect(try client.call(1, "service.ping").result?["ok"] as? Bool == true)
        return client
    }

    @Test(
        "one connection more than the limit is told OVERLOADED with id null, and closed; a freed place can be had again"
    )
    func all() async throws {
        let server = try await RunningServer(program(["SIGNUPD_CONNECTIONS": "2"]), directory: directory)
        var clients = [try connected(server), try connected(server)]
        let refused = try SocketClient(path: server.socketPath)
        let reply = try JSONLine.object(try #require(try refused.receive()))
        #expect(reply["id"] is NSNull)
        #expect(reply.reason == "OVERLOADED")
        #expect((reply.error?["data"] as? [String: any Sendable])?["retry_after"] as? Int == 1)
        #expect(try refused.receive() == nil)
        clients.removeLast()
        #expect(try clients[0].call(2, "service.ping").result != nil)
        _ = try connected(server)
        let stats = try clients[0].call(3, "service.stats").result
        let connections = try #require(stats?["connections"] as? [String: any Sendable])
        #expect(connections["refused"] as? Int == 1)
        #expect(connections["open"] as? Int ?? 0 >= 1)
    }

    @Test("with too few open files allowed, fewer connections are taken, and the next is told instead of left waiting")
    func openFiles() async throws {
        // A soft limit that cannot be raised, as under a supervisor that sets a hard one: 130 leaves room for two.
        let arguments = [
            "-c", "ulimit -n 130; exec \"$0\" serve --socket \"$1\"", try Program.path, directory.path + "/s.sock",
        ]
        let process = try program().command("/bin/sh", arguments)
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        let path = directory.path + "/s.sock"
        var first: SocketClient?
        for _ in 0..<1000 where first == nil {
            first = try? SocketClient(path: path)
            try await Task.sleep(for: .milliseconds(20))
        }
        let clients = [try #require(first), try SocketClient(path: path)]
        for client in clients { #expect(try client.call(1, "service.ping").result != nil) }
        let reply = try JSONLine.object(try #require(try SocketClient(path: path).receive()))
        #expect(reply.reason == "OVERLOADED")
        let info = try clients[0].call(2, "service.info").result
        #expect((info?["limits"] as? [String: any Sendable])?["connections"] as? Int == 2)
    }

    @Test("the file is born with mode 0660, whatever the umask", arguments: ["000", "077"])
    func umask(_ umask: String) async throws {
        let path = directory.appendingPathComponent("u.sock").path
        let arguments = ["-c", "umask \(umask); exec \"$0\" serve --socket \"$1\"", try Program.path, path]
        let process = try program().command("/bin/sh", arguments)
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        var modes: Set<UInt32> = []
        let end = Date().addingTimeInterval(20)
        while (try? SocketClient(path: path)) == nil, Date() < end {
            var status = stat()
            // As often as the machine can look: no moment may be wider.
            for _ in 0..<1000 where lstat(path, &status) == 0 { modes.insert(status.st_mode & 0o777) }
        }
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        #expect(modes.allSatisfy { $0 & ~0o660 == 0 })
    }

    @Test("a user has no more connections than the limit for each user")
    func perUser() async throws {
        let server = try await RunningServer(program(["SIGNUPD_CONNECTIONS_PER_USER": "2"]), directory: directory)
        let clients = [try connected(server), try connected(server)]
        let reply = try JSONLine.object(try #require(try SocketClient(path: server.socketPath).receive()))
        #expect(reply.reason == "OVERLOADED")
        let info = try clients[0].call(2, "service.info").result
        #expect((info?["limits"] as? [String: any Sendable])?["connections_per_user"] as? Int == 2)
    }

    @Test("a silent connection is closed after the idle time, one that speaks is not")
    func idle() async throws {
        let server = try await RunningServer(program(["SIGNUPD_IDLE_SECONDS": "2"]), directory: directory)
        let silent = try connected(server)
        let busy = try connected(server)
        for id in 2..<12 {
            #expect(try busy.call(id, "service.ping").result != nil)
            // On this thread: a task that sleeps may wait long for one of the few threads that other tests block.
            usleep(300_000)
        }
        #expect(try silent.receive() == nil)
        #expect(try busy.call(20, "service.ping").result != nil)
    }

    @Test("the file has the group of --socket-group; a user whom --allow-uid does not name gets PEER_DENIED")
    func peers() async throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        let server = try await RunningServer(
            program(),
            directory: directory,
            arguments: ["--socket-group", "nogroup", "--allow-uid", "40001", "--allow-uid", "daemon"]
        )
        let attributes = try FileManager.default.attributesOfItem(atPath: server.socketPath)
        #expect(attributes[.groupOwnerAccountName] as? String == "nogroup")
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        #expect(try firstLine(as: 40_002, group: 65_534, server).reason == "PEER_DENIED")
        #expect(try firstLine(as: 40_001, group: 65_534, server).result?["ok"] as? Bool == true)
        #expect(try firstLine(as: 1, group: 65_534, server).result?["ok"] as? Bool == true)
        #expect(try connected(server).call(2, "service.ping").result != nil)
    }

    /// What another user gets for a ping. Becoming another user takes root.
    private func firstLine(as user: Int, group: Int, _ server: RunningServer) throws -> [String: any Sendable] {
        let script = """
            import os, socket, sys
            os.setgroups([]); os.setgid(\(group)); os.setuid(\(user))
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(sys.argv[1])
            try: connection.sendall(b'{"jsonrpc":"2.0","id":1,"method":"service.ping"}\\n')
            except BrokenPipeError: pass
            print(connection.makefile().readline(), end="")
            """
        let arguments = ["/usr/bin/python3", "-c", script, server.socketPath]
        let process = try program().command("/usr/bin/env", (geteuid() == 0 ? [] : ["sudo", "-n"]) + arguments)
        return try JSONLine.object(try process.outputAtExit())
    }

    @Test("a group or a user that does not exist is refused at start")
    func unknownNames() throws {
        let finished = try program().run([
            "serve", "--socket", directory.path + "/s.sock", "--socket-group", "no-such-group", "--allow-uid", "no-one",
        ])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("SIGNUPD_SOCKET_GROUP: "))
        #expect(finished.errors.contains("SIGNUPD_ALLOW_UID: "))
    }

    @Test("dropped notifications are counted for everybody and warned about")
    func notifications() async throws {
        let server = try await RunningServer(program(), directory: directory)
        let client = try connected(server)
        try client.send(#"{"jsonrpc":"2.0","method":"service.ping"}"# + "\n{oops\n" + #"{"result":1}"# + "\n")
        _ = try client.receive()
        let stats = try client.call(2, "service.stats").result
        let messages = try #require(stats?["messages"] as? [String: any Sendable])
        #expect(messages["notifications_dropped"] as? Int == 1)
        #expect(messages["responses_dropped"] as? Int == 1)
        #expect(messages["malformed"] as? Int == 1)
        let methods = try #require(stats?["methods"] as? [String: any Sendable])
        let ping = try #require(methods["service.ping"] as? [String: any Sendable])
        #expect(ping["requests"] as? Int == 1)
        #expect(ping["results"] as? Int == 1)
        #expect(server.log.contains("without an id"))
    }
}
