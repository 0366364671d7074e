// The real thing: MariaDB, Redis and an SMTP server, with the code read from the mail that arrived.

import Foundation
import TestProgram
import TestServers
import Testing

/// A database and a mail server of the test's own, on the shared MariaDB and a Redis of its own.
struct Backends {
    let directory: URL
    let mariadb: PrivateMariaDB
    let redis: PrivateRedis
    let sink: SMTPSink
    let databaseURL: String

    init(mariadb: PrivateMariaDB? = nil) throws {
        directory = try makeTemporaryDirectory("real")
        self.mariadb = try mariadb ?? PrivateMariaDB.shared.get()
        redis = try PrivateRedis.start()
        sink = try SMTPSink.start()
        let database = try self.mariadb.makeDatabase()
        let login = "\(self.mariadb.user):\(self.mariadb.password)"
        databaseURL = "mariadb://\(login)@localhost/\(database)?socket=\(self.mariadb.socketPath)"
    }

    func program(_ settings: [String: String] = [:]) -> Program {
        let standard = [
            "SIGNUPD_DATABASE_URL": databaseURL,
            "SIGNUPD_REDIS_URL": "redis+unix:\(redis.socketPath)?db=0",
            "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(sink.port)?tls=off",
            "SIGNUPD_MAIL_FROM": "Sign-up desk <desk@example.com>",
            "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
            "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.2",
        ]
        return Program(stateDirectory: directory, settings: standard.merging(settings) { $1 })
    }

    /// Waits for a code mailed to an address, other than the one that is known already.
    func code(to address: String, besides known: String? = nil, seconds: Double = 20) async throws -> String {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            let mails = try sink.received(0).filter { $0.to.contains { $0.contains(address) } }
            let texts = mails.map { String(decoding: $0.data, as: UTF8.self) }
            if let code = texts.compactMap(Maildir.code).first(where: { $0 != known }) { return code }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServerFailure("no mail to \(address) after \(seconds) s")
    }
}

@Suite("MariaDB, Redis and SMTP")
struct ServerBackedTests {
    @Test("pipe and serve refuse a database without tables, naming the command; migrate may run twice and at once")
    func migrate() async throws {
        let backends = try Backends()
        let program = backends.program()
        for command in [["pipe"], ["serve", "--socket", backends.directory.path + "/s.sock"]] {
            let refused = try program.run(command)
            #expect(refused.status == 78)
            #expect(refused.errors.contains("run: signupd migrate"))
        }
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<2 { group.addTask { try program.run(["migrate"]).status } }
            for try await status in group { #expect(status == 0) }
        }
        #expect(try program.run(["migrate"]).status == 0)
        #expect(try program.pipe([request(1, "service.ping")]).status == 0)
    }

    @Test("a pipe whose database cannot be reached says so, reads nothing, and ends with 69; Redis may come later")
    func databaseAway() throws {
        let backends = try Backends()
        let away = "mariadb://signupd:x@127.0.0.1:\(try Loopback.freePort())/signupd"
        let refused = try backends.program(["SIGNUPD_DATABASE_URL": away]).pipe([request(1, "service.ping")])
        #expect(refused.status == 69 && refused.output.isEmpty)
        #expect(refused.errors.contains("signupd: mariadb: "), "\(refused.errors)")
        #expect(try backends.program().run(["migrate"]).status == 0)
        let alone = ["SIGNUPD_REDIS_URL": "redis+unix:/nowhere/redis.sock"]
        #expect(try backends.program(alone).pipe([request(1, "service.ping")]).status == 0)
    }

    @Test("signup, the code from the mail that arrived, verify, status")
    func mainJob() async throws {
        let backends = try Backends()
        let program = backends.program()
        #expect(try program.run(["migrate"]).status == 0)
        let server = try await RunningServer(program, directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)
        let receipt = try client.call(1, "signup", signupParams("Mira@example.org", nickname: "Mira"))
        let id = try #require(receipt.result?["signup_id"] as? String)
        let code = try await backends.code(to: "Mira@example.org")
        let wrong = try client.call(2, "verify", ["signup_id": id, "code": code == "222222" ? "333333" : "222222"])
        #expect(wrong.error?["message"] as? String == "an incorrect or expired verification code")
        let member = try client.call(3, "verify", ["email": "mira@EXAMPLE.org", "signup_id": id, "code": code])
        #expect(member.result?["message"] as? String == "email has been successfully verified")
        // The mail is there before it is written down that it left.
        let status = try await waitFor("settled mail") {
            let status = try client.call(4, "status", ["signup_id": id]).result
            return (status?["mail"] as? [String: any Sendable])?["state"] as? String == "sent" ? status : nil
        }
        #expect(status["state"] as? String == "active")
        let health = try client.call(5, "service.health").result
        let backendNames = (health?["backends"] as? [String: any Sendable])?.keys.sorted()
        #expect(backendNames == ["mariadb", "redis", "smtp"])
        #expect(health?["ok"] as? Bool == true)
        #expect(server.stop() == 0)
    }

    @Test("two people, one address: each code makes the member of its own signup")
    func twoPeople() async throws {
        let backends = try Backends()
        let program = backends.program(["SIGNUPD_RESEND_AFTER_SECONDS": "0"])
        _ = try program.run(["migrate"])
        let server = try await RunningServer(program, directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)
        let stranger = try client.call(1, "signup", signupParams("one@example.org", nickname: "Stranger"))
        let strangerID = try #require(stranger.result?["signup_id"] as? String)
        let strangerCode = try await backends.code(to: "one@example.org")
        let owner = try client.call(2, "signup", signupParams("one@example.org", nickname: "Keeper"))
        let ownerID = try #require(owner.result?["signup_id"] as? String)
        let ownerCode = try await backends.code(to: "one@example.org", besides: strangerCode)
        let crossed = try client.call(3, "verify", ["signup_id": ownerID, "code": strangerCode])
        #expect(crossed.reason == "CODE_INCORRECT_OR_EXPIRED")
        let member = try client.call(4, "verify", ["signup_id": ownerID, "code": ownerCode])
        #expect(member.result?["nickname"] as? String == "Keeper")
        let late = try client.call(5, "verify", ["signup_id": strangerID, "code": strangerCode])
        #expect(late.reason == "EMAIL_TAKEN")
    }

    @Test("a backend that is down is UNAVAILABLE by name, with retry_after, and works again by itself when it is back")
    func backendDown() async throws {
        let backends = try Backends()
        let program = backends.program()
        _ = try program.run(["migrate"])
        let server = try await RunningServer(program, directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)
        _ = try client.call(1, "signup", signupParams("down@example.org", nickname: "Down"))
        let code = try await backends.code(to: "down@example.org")
        backends.redis.kill9()
        let verify = ["email": "down@example.org", "code": "222222"]
        let start = ContinuousClock.now
        let refused = try client.call(2, "verify", verify)
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(refused.reason == "UNAVAILABLE")
        let data = refused.error?["data"] as? [String: any Sendable]
        #expect(data?["backend"] as? String == "redis")
        #expect((data?["retry_after"] as? Int ?? 0) >= 1)
        #expect(try client.call(3, "service.ping").result != nil)
        // What can go on goes on: a signup is taken, and its mail waits.
        #expect(try client.call(4, "signup", signupParams("later@example.org", nickname: "Later")).result != nil)
        try backends.redis.restart()
        let later = try await backends.code(to: "later@example.org", seconds: 40)
        let member = try client.call(5, "verify", ["email": "later@example.org", "code": later])
        #expect(member.result != nil)
        // Redis came back empty: the code from before is gone, and says so.
        #expect(
            try client.call(6, "verify", ["email": "down@example.org", "code": code]).reason
                == "CODE_INCORRECT_OR_EXPIRED"
        )
    }

    @Test("with MariaDB down requests are refused at once, and answered again when it is back")
    func databaseDown() async throws {
        let backends = try Backends(mariadb: try PrivateMariaDB.start())
        let program = backends.program()
        _ = try program.run(["migrate"])
        let server = try await RunningServer(program, directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)
        backends.mariadb.kill9()
        let start = ContinuousClock.now
        let refused = try client.call(1, "signup", signupParams("db@example.org", nickname: "Db"))
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(refused.reason == "UNAVAILABLE")
        #expect((refused.error?["data"] as? [String: any Sendable])?["backend"] as? String == "mariadb")
        try backends.mariadb.restart()
        var answered: [String: any Sendable] = [:]
        for attempt in 0..<100 where answered.result == nil {
            answered = try client.call(2 + attempt, "signup", signupParams("db@example.org", nickname: "Db"))
            if answered.result == nil { try await Task.sleep(for: .milliseconds(200)) }
        }
        #expect(answered.result != nil)
        let health = try client.call(200, "service.health").result
        #expect(health?["ok"] as? Bool == true)
    }

    @Test("a wrong certificate sends no mail, and the reason is in the outbox row")
    func wrongCertificate() async throws {
        let backends = try Backends()
        let trusted = try TestAuthority()
        let other = try TestAuthority()
        var options = AuthenticatingSMTPServer.Options()
        options.certificate = try trusted.issue(for: "DNS:localhost")
        options.login = (user: "desk", password: "hunter2secret")
        let mailServer = try AuthenticatingSMTPServer.start(options)
        func settings(_ authority: TestAuthority) -> [String: String] {
            [
                "SIGNUPD_SMTP_URL": "smtp://desk:hunter2secret@localhost:\(mailServer.port)",
                "SIGNUPD_TLS_CA_FILE": authority.caFile,
            ]
        }
        _ = try backends.program().run(["migrate"])
        let server = try await RunningServer(backends.program(settings(other)), directory: backends.directory)
        let client = try SocketClient(path: server.socketPath)
        _ = try client.call(1, "signup", signupParams("tls@example.org", nickname: "Tls"))
        var lastReply: String?
        for attempt in 0..<250 where lastReply == nil {
            let status = try client.call(2 + attempt, "status", ["email": "tls@example.org"]).result
            lastReply = (status?["mail"] as? [String: any Sendable])?["last_reply"] as? String
            try await Task.sleep(for: .milliseconds(40))
        }
        #expect(lastReply?.contains("tls") == true)
        #expect(try mailServer.messages().isEmpty)
        #expect(server.stop() == 0)

        let mended = try await RunningServer(backends.program(settings(trusted)), directory: backends.directory)
        for _ in 0..<500 where try mailServer.messages().isEmpty { try await Task.sleep(for: .milliseconds(40)) }
        let messages = try mailServer.messages()
        #expect(messages.map(\.to) == [["tls@example.org"]])
        #expect(messages.first?.user == "desk")
        #expect(mended.stop() == 0)
    }
}
