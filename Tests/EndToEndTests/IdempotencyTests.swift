// One idempotency key, one signup: from two connections, two processes, and under rules that have changed since.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("idempotency keys")
struct IdempotencyTests {
    /// Two servers on one database, as behind a load balancer.
    private struct Pair {
        let backends: Backends
        let first: RunningServer
        let second: RunningServer

        init(_ settings: [String: String] = [:]) async throws {
            backends = try Backends()
            let program = backends.program(settings)
            _ = try program.run(["migrate"])
            first = try await RunningServer(program, directory: backends.directory)
            let other = try makeTemporaryDirectory("second")
            second = try await RunningServer(program, directory: other)
        }
    }

    private static func keyed(
        _ email: String,
        nickname: String,
        key: String,
        password: String = "violet-Kettle 41 harbor"
    ) -> [String: Any] {
        signupParams(email, nickname: nickname, password: password)
            .merging(["_meta": ["idempotency_key": key]]) { $1 }
    }

    @Test("asked again, on any connection and of any process, the first answer comes again and no second mail is owed")
    func again() async throws {
        let pair = try await Pair()
        let params = Self.keyed("mira@example.org", nickname: "Mira", key: "k1")
        let first = try SocketClient(path: pair.first.socketPath).call(1, "signup", params)
        let id = try #require(first.signupID)
        for server in [pair.first, pair.second] {
            let again = try SocketClient(path: server.socketPath).call(2, "signup", params)
            #expect(again.signupID == id)
            #expect(again.result?["message"] as? String == first.result?["message"] as? String)
            #expect(again.result?["expires_in"] as? Int == 3600)
        }
        let code = try await pair.backends.code(to: "mira@example.org")
        let client = try SocketClient(path: pair.second.socketPath)
        #expect(try client.call(3, "verify", ["signup_id": id, "code": code]).result != nil)
        // Even once the address is a member's.
        #expect(try client.call(4, "signup", params).signupID == id)
        #expect(try pair.backends.sink.received(1).count == 1)
    }

    @Test("other params or another password under the same key are a conflict, and nothing happens")
    func conflict() async throws {
        let pair = try await Pair(["SIGNUPD_RESEND_AFTER_SECONDS": "0"])
        let client = try SocketClient(path: pair.first.socketPath)
        _ = try client.call(1, "signup", Self.keyed("mira@example.org", nickname: "Mira", key: "k1"))
        let others = [
            Self.keyed("mira@example.org", nickname: "Mona", key: "k1"),
            Self.keyed("mona@example.org", nickname: "Mira", key: "k1"),
            Self.keyed("mira@example.org", nickname: "Mira", key: "k1", password: "another-Kettle 42 harbor"),
            Self.keyed("mira@example.org", nickname: "Mira", key: "k1", password: "x"),
            Self.keyed("mira@example.org", nickname: "Mira", key: "k1")
                .merging(["locale": "ko"]) { $1 },
        ]
        for (number, params) in others.enumerated() {
            #expect(try client.call(2 + number, "signup", params).reason == "IDEMPOTENCY_CONFLICT")
        }
        #expect(try client.call(20, "status", ["email": "mona@example.org"]).result?["state"] as? String == "none")
    }

    @Test("forty at once from two connections to two processes are one signup, and none of them is refused")
    func race() async throws {
        // The real hash: the window between the charge and the commit is as wide as in production.
        let pair = try await Pair(["SIGNUPD_PASSWORD_MEMORY_KIB": "19456", "SIGNUPD_PASSWORD_ITERATIONS": "2"])
        let paths = [pair.first.socketPath, pair.second.socketPath]
        for round in 0..<3 {
            let params = try JSONSerialization.data(
                withJSONObject: Self.keyed("r\(round)@example.org", nickname: "Racer\(round)", key: "race\(round)")
            )
            let replies = try await withThrowingTaskGroup(of: [[String: any Sendable]].self) { group in
                for path in paths {
                    group.addTask {
                        let client = try SocketClient(path: path)
                        let object = try JSONSerialization.jsonObject(with: params) as? [String: Any] ?? [:]
                        let lines = try (0..<20).map { try JSONLine.text(request($0, "signup", object)) + "\n" }
                        try client.send(lines.joined())
                        return try (0..<20).map { _ in try JSONLine.object(try client.receive() ?? "") }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(replies.compactMap(\.reason) == [])
            #expect(Set(replies.compactMap(\.signupID)).count == 1)
        }
        for round in 0..<3 { _ = try await pair.backends.code(to: "r\(round)@example.org") }
        #expect(try pair.backends.sink.received(3).count == 3)
    }

    @Test("a recorded request is answered as before when the rules have become stricter")
    func stricterRules() async throws {
        let directory = try makeTemporaryDirectory("stricter")
        let program = Program(stateDirectory: directory)
        let params = Self.keyed("mira@example.org", nickname: "Mira", key: "k1")
        let first = try program.pipe([request(1, "signup", params)]).replies[0]
        #expect(first.signupID != nil)
        let stricter = program.with(["SIGNUPD_PASSWORD_MIN_LENGTH": "60", "SIGNUPD_RESERVED_NICKNAMES": "mira"])
        let replies = try stricter.pipe([
            request(1, "signup", params),
            request(2, "signup", Self.keyed("mona@example.org", nickname: "Mona", key: "k2")),
        ]).replies
        #expect(replies[0].signupID == first.signupID)
        #expect(replies[1].reason == "INVALID_PASSWORD")
    }

    @Test("a resend under a key owes one mail, however often it is asked for")
    func resend() async throws {
        let pair = try await Pair(["SIGNUPD_RESEND_AFTER_SECONDS": "0"])
        let client = try SocketClient(path: pair.first.socketPath)
        _ = try client.call(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        let params: [String: Any] = ["email": "mira@example.org", "_meta": ["idempotency_key": "r1"]]
        for path in [pair.first.socketPath, pair.first.socketPath, pair.second.socketPath] {
            let resent = try SocketClient(path: path).call(2, "resend", params)
            #expect(resent.result?["message"] as? String == "Please verify your email address")
        }
        #expect(try pair.backends.sink.received(2).count == 2)
        let rows = try pair.backends.program().outbox(["--state", "sent"])
        #expect(rows.compactMap { $0["issue"] as? Int }.sorted() == [1, 2])
    }

    @Test("resend_after is the truth: the hourly limit counts, in receipts and in status")
    func resendAfter() async throws {
        let directory = try makeTemporaryDirectory("truth")
        let program = Program(
            stateDirectory: directory,
            settings: ["SIGNUPD_RESEND_AFTER_SECONDS": "0", "SIGNUPD_RESEND_PER_HOUR": "2"]
        )
        let replies = try program.pipe([
            request(1, "signup", signupParams("mira@example.org", nickname: "Mira")),
            request(2, "resend", ["email": "mira@example.org"]),
            request(3, "status", ["email": "mira@example.org"]),
            request(4, "resend", ["email": "mira@example.org"]),
        ]).replies
        #expect(replies[0].result?["resend_after"] as? Int == 0)
        let told = try #require(replies[1].result?["resend_after"] as? Int)
        #expect((3500...3600).contains(told))
        let status = try #require(replies[2].result?["resend_after"] as? Int)
        #expect((3500...3600).contains(status))
        #expect(replies[3].reason == "RATE_LIMITED")
        #expect((3500...3600).contains(replies[3].retryAfter ?? 0))
    }
}
