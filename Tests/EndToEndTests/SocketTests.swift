// `signupd serve`: the socket, many clients at once, `signupd call`, and a stop that loses nothing.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd serve")
struct SocketTests {
    let directory: URL
    let program: Program
    let maildir: Maildir

    init() throws {
        directory = try makeTemporaryDirectory("serve")
        program = Program(stateDirectory: directory)
        maildir = Maildir(stateDirectory: directory)
    }

    @Test("twenty clients at once sign up, read their mail and verify")
    func twentyClients() async throws {
        let server = try await RunningServer(program, directory: directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let email = "client\(number)@example.org"
                    let client = try SocketClient(path: server.socketPath)
                    let receipt = try client.call(1, "signup", signupParams(email, nickname: "Client\(number)"))
                    let id = try #require(receipt.result?["signup_id"] as? String)
                    let code = try await maildir.code(to: email)
                    let verified = try client.call(2, "verify", ["email": email, "signup_id": id, "code": code])
                    #expect(verified.result?["nickname"] as? String == "Client\(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(server.stop() == 0)
    }

    @Test("a nickname in another address's live signup is refused, and its owner gets it")
    func heldNickname() async throws {
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        _ = try client.call(1, "signup", signupParams("one@example.org", nickname: "Same"))
        let held = try client.call(2, "signup", signupParams("two@example.org", nickname: "same"))
        #expect(held.reason == "NICKNAME_TAKEN")
        let code = try await maildir.code(to: "one@example.org")
        #expect(try client.call(3, "verify", ["email": "one@example.org", "code": code]).result != nil)
    }

    @Test("signupd call prints the result, and an error reply is exit 1 with its reason")
    func call() async throws {
        let server = try await RunningServer(program, directory: directory)
        let good = try program.run(["call", "--socket", server.socketPath, "service.ping"])
        #expect(good.status == 0)
        #expect(good.output == "{\"ok\":true}\n")
        let bad = try program.run(["call", "--socket", server.socketPath, "resend", "email=nobody@example.org"])
        #expect(bad.status == 1)
        #expect(bad.output.isEmpty)
        #expect(bad.errors.contains("NO_PENDING_SIGNUP"))
        let nobody = try program.run(["call", "--socket", directory.path + "/none.sock", "service.ping"])
        #expect(nobody.status == 69)
    }

    @Test("signupd call --json prints results and errors in the reply's own form")
    func callInJSON() async throws {
        let server = try await RunningServer(program, directory: directory)
        let words = ["call", "--json", "--socket", server.socketPath]
        let good = try program.run(words + ["service.ping"])
        #expect(good.status == 0)
        #expect(good.output == "{\"result\":{\"ok\":true}}\n")
        let bad = try program.run(words + ["resend", "email=nobody@example.org"])
        #expect(bad.status == 1)
        #expect(bad.errors.isEmpty)
        let reply = try JSONLine.object(bad.output)
        #expect(reply.reason == "NO_PENDING_SIGNUP")
        #expect((reply.error?["data"] as? [String: any Sendable])?["status"] as? Int == 404)
    }

    @Test("health names each backend and the outbox")
    func health() async throws {
        let server = try await RunningServer(program, directory: directory)
        let health = try SocketClient(path: server.socketPath).call(1, "service.health").result
        #expect(health?["ok"] as? Bool == true)
        let backends = try #require(health?["backends"] as? [String: any Sendable])
        #expect(Set(backends.keys) == ["maildir", "sqlite"])
        #expect((health?["outbox"] as? [String: any Sendable])?["queued"] as? Int == 0)
    }

    @Test("the socket has mode 0660, goes with the server, and a stale one is replaced")
    func socketFile() async throws {
        let server = try await RunningServer(program, directory: directory)
        let attributes = try FileManager.default.attributesOfItem(atPath: server.socketPath)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        server.kill9()
        #expect(FileManager.default.fileExists(atPath: server.socketPath))
        let second = try await RunningServer(program, directory: directory)
        #expect(second.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: second.socketPath))
    }

    @Test("a second server on the path exits 75 and the first is undisturbed")
    func secondServer() async throws {
        let server = try await RunningServer(program, directory: directory)
        let second = try program.run(["serve", "--socket", server.socketPath])
        #expect(second.status == 75)
        #expect(try SocketClient(path: server.socketPath).call(1, "service.ping").result != nil)
    }

    @Test("a file that is no socket is left alone")
    func foreignFile() throws {
        let path = directory.appendingPathComponent("precious").path
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let finished = try program.run(["serve", "--socket", path])
        #expect(finished.status == 78)
        #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
    }

    @Test("a half-closed connection still gets its replies, then the end")
    func halfClose() async throws {
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        try client.send(try JSONLine.text(request(1, "signup", signupParams("half@example.org", nickname: "Half"))))
        client.halfClose()
        let reply = try #require(try client.receive())
        #expect(try JSONLine.object(reply).result != nil)
        #expect(try client.receive() == nil)
    }

    @Test("SIGTERM answers what is in flight and exits 0")
    func gracefulStop() async throws {
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        let signup = try JSONLine.text(request(1, "signup", signupParams("stop@example.org", nickname: "Stop")))
        try client.send(signup + "\n" + (try JSONLine.text(request(2, "service.ping"))) + "\n")
        // The ping is answered at once: by then the signup before it is in flight, or done.
        var replies = [try #require(try client.receive())]
        #expect(server.stop() == 0)
        replies.append(try #require(try client.receive()))
        #expect(try replies.allSatisfy { try JSONLine.object($0).result != nil })
    }
}
