// What signupd call and signupd stats say when there is no result.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd call without a result")
struct CallTests {
    let directory: URL
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("call")
        program = Program(stateDirectory: directory)
    }

    @Test("a user whom the socket's file keeps out hears that, and not that nobody serves")
    func notAllowed() async throws {
        let own = try OrdinaryUser.makeDirectory("call")
        let server = try await RunningServer(program, directory: directory)
        // The socket is of the tests' user; for a user without rights not even that one's group is open.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: server.socketPath)
        let outsider = try OrdinaryUser.program(own)
        let call = try outsider.run(["call", "--socket", server.socketPath, "service.ping"])
        #expect(call.status == 69)
        #expect(call.errors.contains("this user may not open \(server.socketPath)"), "\(call.errors)")
        let metrics = try outsider.run(["stats", "--prometheus", "--socket", server.socketPath])
        #expect(metrics.status == 69 && metrics.output.isEmpty)
    }

    @Test("a path that is no socket is called that")
    func notASocket() throws {
        let file = directory.appendingPathComponent("file")
        try Data().write(to: file)
        let call = try program.run(["call", "--socket", file.path, "service.ping"])
        #expect(call.status == 69)
        #expect(call.errors.contains("\(file.path) is no socket"))
    }

    @Test("params that make no sense are named, with exit status 64")
    func parameters() throws {
        for (words, reason) in [
            (["email:=foo"], "the value of 'email' is no JSON (near byte 1)"), (["foo"], "'foo' is no key=value"),
        ] {
            let call = try program.run(["call", "signup"] + words)
            #expect(call.status == 64)
            #expect(call.errors.contains(reason) && !call.errors.contains("Usage"), "\(call.errors)")
        }
        let body = try program.run(["call", "signup", "-"], input: "[1]")
        #expect(body.status == 64 && body.errors.contains("standard input must be a JSON object"))
    }

    @Test("what a server answers to a connection that it will not have is shown")
    func refused() async throws {
        let crowded = Program(stateDirectory: directory, settings: ["SIGNUPD_CONNECTIONS": "1"])
        let server = try await RunningServer(crowded, directory: directory)
        // Whoever looked whether it serves may still have the one connection for a moment.
        var first = try SocketClient(path: server.socketPath)
        while try first.isRefused() { first = try SocketClient(path: server.socketPath) }
        try withExtendedLifetime(first) {
            for _ in 1...20 {
                let call = try program.run(["call", "--socket", server.socketPath, "service.ping"])
                #expect(call.status == 1 && call.errors.contains("OVERLOADED"), "\(call.errors)")
            }
            let statistics = try program.run(["stats", "--socket", server.socketPath])
            #expect(statistics.status == 69)
            #expect(statistics.errors.contains("\(server.socketPath) answered: Overloaded"), "\(statistics.errors)")
            let metrics = try program.run(["stats", "--prometheus", "--socket", server.socketPath])
            #expect(metrics.output.contains("\nsignupd_up 0\n"))
        }
    }

    @Test("the timeout bounds the whole, with a server that accepts or reads nothing")
    func timeout() async throws {
        let path = directory.path + "/deaf.sock"
        let script = """
            import socket, sys, time
            server = socket.socket(socket.AF_UNIX)
            server.bind(sys.argv[1])
            server.listen(0)
            print("listening", flush=True)
            time.sleep(60)
            """
        let listener = try program.command("/usr/bin/python3", ["-c", script, path])
        let output = Pipe()
        listener.standardOutput = output
        try listener.run()
        defer { listener.killNow() }
        #expect(output.fileHandleForReading.availableData.count > 0)
        // The first is taken into the queue and can send only what the kernel holds, the second waits to be taken.
        let large = "{\"email\":\"" + String(repeating: "a", count: 4_000_000) + "\"}"
        let calls = try await onOwnThread { [program] in
            try [large, "{}"].map {
                try program.run(["call", "--timeout", "0.5", "--socket", path, "signup", "-"], input: $0)
            }
        }
        for call in calls {
            #expect(call.status == 69)
            #expect(call.errors.contains("\(path) did not answer within 0.5 s"), "\(call.errors)")
        }
    }

    @Test("a mark is never made with a secret that is not the server's")
    func mark() throws {
        let empty = directory.appendingPathComponent("empty")
        let mark = try Program(stateDirectory: empty).run(["mark", "mira@example.org"])
        #expect(mark.status == 78 && mark.output.isEmpty)
        #expect(mark.errors.contains("there is no \(empty.path)/secret; give the server's settings"))
        #expect(!FileManager.default.fileExists(atPath: empty.path))
    }
}

extension SocketClient {
    /// Whether the server answers a ping with a refusal.
    fileprivate func isRefused() throws -> Bool {
        // It may close before it is asked anything.
        guard (try? send(#"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n")) != nil else { return true }
        return try receive()?.contains(#""ok":true"#) != true
    }
}
