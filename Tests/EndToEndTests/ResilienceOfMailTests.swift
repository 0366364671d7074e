// Mail that is owed outlives the process and the secret that owed it, and says nothing in the logs.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("owed mail")
struct ResilienceOfMailTests {
    private static let oldSecret = String(repeating: "a1", count: 32)
    private static let newSecret = String(repeating: "b2", count: 32)

    @Test("killed between the answer and the mail, the next process sends it, once")
    func killed() async throws {
        let backends = try Backends()
        let program = backends.program(["SIGNUPD_MAIL_LEASE_SECONDS": "3"])
        _ = try program.run(["migrate"])
        // The mail server takes the connection and says nothing: the claim is made, and the mail cannot leave.
        try backends.sink.suspend()
        let first = try await RunningServer(program, directory: backends.directory)
        let receipt = try SocketClient(path: first.socketPath)
            .call(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        let id = try #require(receipt.signupID)
        first.kill9()
        try backends.sink.resume()

        let second = try await RunningServer(program, directory: backends.directory)
        let code = try await backends.sink.code(to: "mira@example.org")
        let member = try SocketClient(path: second.socketPath).call(2, "verify", ["signup_id": id, "code": code])
        #expect(member.result?["nickname"] as? String == "Mira")
        #expect(try backends.sink.received(1).count == 1)
        #expect(second.stop() == 0)
    }

    @Test("a code mailed under the old secret is good under the new one beside it")
    func rotation() async throws {
        let backends = try Backends()
        let old = backends.program(["SIGNUPD_SECRET": Self.oldSecret])
        _ = try old.run(["migrate"])
        #expect(try old.pipe([request(1, "signup", signupParams("mira@example.org", nickname: "Mira"))]).status == 0)
        let code = try await backends.sink.code(to: "mira@example.org")
        let params = ["email": "mira@example.org", "code": code]
        let replaced = backends.program(["SIGNUPD_SECRET": Self.newSecret])
        #expect(try replaced.pipe([request(1, "verify", params)]).replies[0].reason == "CODE_INCORRECT_OR_EXPIRED")
        let both = backends.program(["SIGNUPD_SECRET": Self.newSecret + "," + Self.oldSecret])
        #expect(try both.pipe([request(1, "verify", params)]).replies[0].result != nil)
    }

    @Test("mail that was begun under a secret that is gone leaves with a new code")
    func goneSecret() async throws {
        let backends = try Backends()
        backends.sink.stop()
        let old = backends.program(["SIGNUPD_SECRET": Self.oldSecret])
        _ = try old.run(["migrate"])
        let begun = try await RunningServer(old, directory: backends.directory)
        let client = try SocketClient(path: begun.socketPath)
        _ = try client.call(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        _ = try await client.lastReply(of: "mira@example.org")
        #expect(begun.stop() == 0)

        let mended = try SMTPSink.start(port: backends.sink.port)
        let program = backends.program(["SIGNUPD_SECRET": Self.newSecret])
        let server = try await RunningServer(program, directory: backends.directory)
        let code = try await mended.code(to: "mira@example.org")
        let verified = try SocketClient(path: server.socketPath)
            .call(2, "verify", ["email": "mira@example.org", "code": code])
        #expect(verified.result != nil)
        let dead = try program.outbox(["--state", "dead"])
        #expect(dead.map { $0["issue"] as? Int } == [1])
        #expect((dead.first?["last_reply"] as? String)?.contains("secret") == true)
        #expect(server.stop() == 0)
    }

    @Test("no log line names an address, a code, a nickname or a password, whatever goes wrong")
    func logs() async throws {
        let directory = try makeTemporaryDirectory("logs")
        let mailServer = try AuthenticatingSMTPServer.start(AuthenticatingSMTPServer.Options())
        // Mail servers like to repeat whom they refuse.
        try mailServer.refuse([
            "gone@secret.example": "550 5.1.1 <gone@secret.example>: no such user",
            "full@secret.example": "452 4.2.2 <full@secret.example>: mailbox full",
        ])
        let program = Program(
            stateDirectory: directory,
            settings: [
                "SIGNUPD_LOG_LEVEL": "trace", "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.05",
                "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(mailServer.port)?tls=off",
                "SIGNUPD_PURGE_INTERVAL_SECONDS": "0.1",
            ]
        )
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        let password = "violet-Kettle 41 harbor"
        for name in ["gone", "full", "fine"] {
            let params = signupParams("\(name)@secret.example", nickname: "Nick\(name)", password: password)
            #expect(try client.call(1, "signup", params).result != nil)
        }
        let code = try await mailServer.code(to: "fine@secret.example")
        _ = try client.call(
            2,
            "verify",
            ["email": "fine@secret.example", "code": code == "222222" ? "333333" : "222222"]
        )
        _ = try client.call(3, "verify", ["email": "fine@secret.example", "code": code])
        _ = try client.call(4, "signup", signupParams("fine@secret.example", nickname: "Nickfine", password: password))
        _ = try await client.lastReply(of: "gone@secret.example")
        mailServer.stop()
        _ = try client.call(5, "signup", signupParams("late@secret.example", nickname: "Nicklate", password: password))
        _ = try await client.lastReply(of: "late@secret.example")
        #expect(server.stop() == 0)

        let log = server.log
        #expect(log.contains("mail waits for a backend"))
        for secret in ["secret.example", code, password, "Nickfine"] { #expect(!log.contains(secret)) }
    }
}
