// What a server writes about its requests: one line each, with what an operator needs and nothing that is anybody's.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the log of requests")
struct LogTests {
    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("log")
    }

    private func server(_ settings: [String: String], _ arguments: [String] = []) async throws -> RunningServer {
        let program = Program(stateDirectory: directory, settings: settings)
        return try await RunningServer(program, directory: directory, arguments: arguments)
    }

    private func requests(_ server: RunningServer) throws -> [[String: any Sendable]] {
        try server.log.split(separator: "\n").map { try JSONLine.object(String($0)) }
            .filter { $0["message"] as? String == "request" }
    }

    @Test("has method, outcome, time, id, trace and user of every request, and an address only by its mark")
    func fields() async throws {
        let server = try await server([:], ["--log-format", "json"])
        let client = try SocketClient(path: server.socketPath)
        var params = signupParams("Mira+x@Example.org", nickname: "Mirabella")
        params["_meta"] = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
        _ = try client.call(7, "signup", params)
        let code = try await Maildir(stateDirectory: directory).code(to: "Mira+x@Example.org")
        _ = try client.call(8, "verify", ["email": "mira+X@example.org", "code": "222222"])
        _ = try client.call(9, "verify", ["email": "mira+X@example.org", "code": code])
        try client.send(
            #"{"jsonrpc":"2.0","id":"a\n\"b\" level=error","method":"status","params":{"email":"no address"}}"# + "\n"
        )
        _ = try client.receive()
        _ = try client.call(11, "service.ping")
        #expect(server.stop() == 0)

        let lines = try requests(server)
        #expect(lines.map { $0["method"] as? String } == ["signup", "verify", "verify", "status"])
        #expect(lines.map { $0["reason"] as? String } == ["ok", "CODE_INCORRECT_OR_EXPIRED", "ok", "INVALID_EMAIL"])
        #expect(lines[0]["traceparent"] as? String == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(lines[0]["id"] as? Int == 7)
        #expect(lines[3]["id"] as? String == "a\n\"b\" level=error")
        #expect(lines.allSatisfy { $0["uid"] as? Int == Int(geteuid()) && $0["level"] as? String == "info" })
        #expect(lines.allSatisfy { ($0["duration_ms"] as? Double ?? -1) > 0 })
        let mark = try Program(stateDirectory: directory).run(["mark", "MIRA+x@example.org"]).output
        #expect(lines[..<3].allSatisfy { ($0["email"] as? String).map { $0 + "\n" } == mark })
        #expect(lines[3]["email"] == nil)
        for secret in ["example.org", "Mira", "violet", code] {
            #expect(!server.log.lowercased().contains(secret.lowercased()), "\(secret)")
        }
    }

    @Test("is text unless asked otherwise; an unknown format refuses the start")
    func text() async throws {
        let server = try await server(["SIGNUPD_LOG_FORMAT": "text"])
        _ = try SocketClient(path: server.socketPath).call(1, "status", ["email": "a@example.org"])
        #expect(server.stop() == 0)
        let line = try #require(server.log.split(separator: "\n").first { $0.contains(" info request ") })
        #expect(line.contains("Z info request method=status reason=ok duration_ms="))
        #expect(line.contains(" id=1 uid=\(geteuid()) email="))
        let refused = try Program(stateDirectory: directory).run(["pipe", "--log-format", "xml"])
        #expect(refused.status == 78)
        #expect(refused.errors.contains("SIGNUPD_LOG_FORMAT: must be text or json"))
    }

    @Test("leaves requests out above info; pings come with debug; a pipe writes them with debug only")
    func levels() async throws {
        let quiet = try await server(["SIGNUPD_LOG_LEVEL": "notice"], ["--log-format", "json"])
        _ = try SocketClient(path: quiet.socketPath).call(1, "status", ["email": "a@example.org"])
        #expect(quiet.stop() == 0)
        #expect(try requests(quiet).isEmpty)
        let talkative = try await server(["SIGNUPD_LOG_LEVEL": "debug"], ["--log-format", "json"])
        _ = try SocketClient(path: talkative.socketPath).call(1, "service.ping")
        #expect(talkative.stop() == 0)
        #expect(try requests(talkative).map { $0["method"] as? String } == ["service.ping"])
        let status = [request(1, "status", ["email": "a@example.org"])]
        #expect(try !Program(stateDirectory: directory).pipe(status).errors.contains("request"))
        let program = Program(stateDirectory: directory, settings: ["SIGNUPD_LOG_LEVEL": "debug"])
        #expect(try program.pipe(status).errors.contains(" debug request method=status"))
    }

    @Test("holds every request that was answered a moment before the process was killed")
    func killed() async throws {
        let server = try await server([:], ["--log-format", "json"])
        let client = try SocketClient(path: server.socketPath)
        for id in 1...200 { _ = try client.call(id, "status", ["email": "a@example.org"]) }
        // Ten times as long as a line is gathered.
        try await Task.sleep(for: .milliseconds(100))
        server.kill9()
        #expect(try requests(server).compactMap { $0["id"] as? Int } == Array(1...200))
    }
}
