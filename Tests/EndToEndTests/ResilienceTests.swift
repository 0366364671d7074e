// What goes on while a part is away, what is refused and how soon, and that everything goes on by itself afterwards.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("with a part away")
struct ResilienceTests {
    /// Backends and a server over them.
    private struct House {
        let backends: Backends
        let program: Program
        let server: RunningServer

        init(mariadb: PrivateMariaDB? = nil, _ settings: [String: String] = [:]) async throws {
            backends = try Backends(mariadb: mariadb)
            program = backends.program(settings)
            _ = try program.run(["migrate"])
            server = try await RunningServer(program, directory: backends.directory)
        }

        func client() throws -> SocketClient { try SocketClient(path: server.socketPath) }
    }

    @Test("a code lives from its mailing on, however long the mail had to wait")
    func lifeFromMailing() async throws {
        let port = try Loopback.freePort()
        let directory = try makeTemporaryDirectory("life")
        let program = Program(
            stateDirectory: directory,
            settings: [
                "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(port)?tls=off", "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.2",
                // A send then takes a second at most, and the code lives four from its installation.
                "SIGNUPD_CODE_TTL_SECONDS": "2", "SIGNUPD_MAIL_LEASE_SECONDS": "3",
            ]
        )
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        _ = try client.call(1, "signup", signupParams("late@example.org", nickname: "Late"))
        try await Task.sleep(for: .seconds(6))
        let sink = try SMTPSink.start(port: port)
        let code = try await sink.code(to: "late@example.org")
        #expect(try client.call(2, "verify", ["email": "late@example.org", "code": code]).result != nil)
        #expect(server.stop() == 0)
    }

    @Test("SMTP down: people sign up and verify, and the mail leaves when it is back, its attempts uncounted")
    func mailServerDown() async throws {
        let house = try await House()
        let client = try house.client()
        _ = try client.call(1, "signup", signupParams("early@example.org", nickname: "Early"))
        let early = try await house.backends.sink.code(to: "early@example.org")
        house.backends.sink.stop()

        #expect(try client.call(2, "signup", signupParams("late@example.org", nickname: "Late")).result != nil)
        #expect(try client.call(3, "verify", ["email": "early@example.org", "code": early]).result != nil)
        #expect(try await client.lastReply(of: "late@example.org").contains("connect"))
        // Long enough for several attempts at this test's pace.
        try await Task.sleep(for: .seconds(1))
        #expect(try client.mail(of: "late@example.org")?["state"] as? String == "queued")

        let mended = try SMTPSink.start(port: house.backends.sink.port)
        let late = try await mended.code(to: "late@example.org")
        #expect(try client.call(4, "verify", ["email": "late@example.org", "code": late]).result != nil)
        let sent = try await waitFor("sent mail") { () -> [String: any Sendable]? in
            let mail = try client.mail(of: "late@example.org")
            return mail?["state"] as? String == "sent" ? mail : nil
        }
        #expect(sent["attempts"] as? Int == 1)
        #expect(house.server.stop() == 0)
    }

    @Test("a recipient that is refused for now never delays another's mail")
    func badRecipient() async throws {
        let mailServer = try AuthenticatingSMTPServer.start(AuthenticatingSMTPServer.Options())
        try mailServer.refuse(["full@example.org": "452 4.2.2 mailbox full"])
        let house = try await House([
            "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(mailServer.port)?tls=off",
            // One connection, and the refused mail is tried again after every other one.
            "SIGNUPD_MAIL_CONCURRENCY": "1", "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.01",
        ])
        let client = try house.client()
        _ = try client.call(1, "signup", signupParams("full@example.org", nickname: "Full"))
        #expect(try await client.lastReply(of: "full@example.org").contains("452 4.2.2"))
        for number in 0..<10 {
            let email = "p\(number)@example.org"
            _ = try client.call(2 + number, "signup", signupParams(email, nickname: "Person\(number)"))
            _ = try await mailServer.code(to: email, seconds: 10)
        }
        try mailServer.refuse([:])
        _ = try await mailServer.code(to: "full@example.org")
        let attempts = try await waitFor("sent mail") { () -> Int? in
            let mail = try client.mail(of: "full@example.org")
            return mail?["state"] as? String == "sent" ? mail?["attempts"] as? Int : nil
        }
        #expect(attempts > 1)
        #expect(house.server.stop() == 0)
    }

    @Test("Redis hung: signup goes on, verify is refused in time, ping is quick; the mail leaves once it answers")
    func hungRedis() async throws {
        let house = try await House()
        let client = try house.client()
        try house.backends.redis.pause()
        let signup = try timed {
            try client.call(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        }
        #expect(signup.value.result != nil)
        #expect(signup.duration < .seconds(15))
        let verify = try timed { try client.call(2, "verify", ["email": "mira@example.org", "code": "222222"]) }
        #expect(verify.value.reason == "UNAVAILABLE")
        #expect(verify.value.errorData?["backend"] as? String == "redis")
        #expect(verify.duration < .seconds(6))
        let ping = try timed { try client.call(3, "service.ping") }
        #expect(ping.value.result != nil)
        #expect(ping.duration < .seconds(1))
        try house.backends.redis.resume()
        let code = try await house.backends.sink.code(to: "mira@example.org", seconds: 60)
        let member = try await waitFor("member") {
            try client.call(4, "verify", ["email": "mira@example.org", "code": code]).result
        }
        #expect(member["nickname"] as? String == "Mira")
        #expect(house.server.stop() == 0)
    }

    @Test("in a pipe, too, a short timeout is kept behind a longer one")
    func shortTimeoutInPipe() async throws {
        let backends = try Backends()
        let program = backends.program()
        _ = try program.run(["migrate"])
        try backends.redis.pause()
        let patient = request(1, "verify", ["email": "one@example.org", "code": "222222"])
        let hasty = request(2, "verify", ["email": "two@example.org", "code": "222222", "_meta": ["timeout_ms": 50]])
        // Blank lines between them: they are read one after the other.
        let gap = String(repeating: "\n", count: 200_000)
        let input = try JSONLine.text(patient) + "\n" + gap + JSONLine.text(hasty) + "\n"
        let replies = try program.run(["pipe", "--drain", "0"], input: input).replies
        #expect(replies.map(\.reason) == ["UNAVAILABLE", "DEADLINE_EXCEEDED"])
        try backends.redis.resume()
    }

    @Test("MariaDB hung: a short timeout is kept, then UNAVAILABLE in time, then at once; it recovers by itself")
    func hungDatabase() async throws {
        let house = try await House(mariadb: try PrivateMariaDB.start())
        let client = try house.client()
        _ = try client.call(1, "signup", signupParams("before@example.org", nickname: "Before"))
        try house.backends.mariadb.freeze()
        let hasty = try timed {
            let params = signupParams("hasty@example.org", nickname: "Hasty").merging(["_meta": ["timeout_ms": 100]]) {
                $1
            }
            return try client.call(2, "signup", params)
        }
        #expect(hasty.value.reason == "DEADLINE_EXCEEDED")
        #expect(hasty.duration >= .milliseconds(100) && hasty.duration < .seconds(2))

        let refused = try timed { try client.call(3, "signup", signupParams("hung@example.org", nickname: "Hung")) }
        #expect(refused.value.reason == "UNAVAILABLE")
        #expect(refused.value.errorData?["backend"] as? String == "mariadb")
        #expect((refused.value.retryAfter ?? 0) >= 1)
        #expect(refused.duration < .seconds(7))
        var soonest = refused.duration
        for number in 4..<12 where soonest > .milliseconds(500) {
            let next = try timed {
                try client.call(number, "signup", signupParams("hung@example.org", nickname: "Hung"))
            }
            #expect(next.value.reason == "UNAVAILABLE")
            soonest = min(soonest, next.duration)
        }
        #expect(soonest <= .milliseconds(500))
        let ping = try timed { try client.call(20, "service.ping") }
        #expect(ping.duration < .seconds(1))

        try house.backends.mariadb.thaw()
        _ = try await waitFor("signup") {
            try client.call(21, "signup", signupParams("hung@example.org", nickname: "Hung")).result
        }
        _ = try await house.backends.sink.code(to: "hung@example.org")
        #expect(house.server.stop() == 0)
    }

    @Test("overload: what does not fit is refused at once with retry_after, while ping and verify are answered")
    func overload() async throws {
        let directory = try makeTemporaryDirectory("overload")
        // Every hash takes long, and the queue is as short as it may be.
        let program = Program(
            stateDirectory: directory,
            settings: [
                "SIGNUPD_PASSWORD_QUEUE": "64", "SIGNUPD_PASSWORD_MEMORY_KIB": "65536",
                "SIGNUPD_PASSWORD_ITERATIONS": "6",
            ]
        )
        let server = try await RunningServer(program, directory: directory)
        let clients = try (0..<4).map { _ in try SocketClient(path: server.socketPath) }
        for (number, client) in clients.enumerated() {
            let lines = try (0..<60).map { index in
                let name = "c\(number)p\(index)"
                let params = signupParams("\(name)@example.org", nickname: name)
                return try JSONLine.text(request(index, "signup", params)) + "\n"
            }
            try client.send(lines.joined())
        }
        let refused = try timed { () -> [String: any Sendable] in
            while let line = try clients[3].receive() {
                let reply = try JSONLine.object(line)
                if reply.reason == "OVERLOADED" { return reply }
            }
            throw ServerFailure("nobody was refused")
        }
        #expect(refused.duration < .seconds(2))
        #expect((refused.value.retryAfter ?? 0) >= 1)

        let other = try SocketClient(path: server.socketPath)
        let ping = try timed { try other.call(1, "service.ping") }
        #expect(ping.value.result != nil)
        #expect(ping.duration < .seconds(1))
        let verify = try timed { try other.call(2, "verify", ["email": "c0p0@example.org", "code": "222222"]) }
        #expect(verify.value.reason == "CODE_INCORRECT_OR_EXPIRED")
        #expect(verify.duration < .seconds(2))
        server.kill9()
    }
}
