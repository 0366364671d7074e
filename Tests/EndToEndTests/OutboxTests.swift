// What an operator sees of the mail that is owed, and does about it: the methods, and the same on the command line.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the outbox in an operator's hands")
struct OutboxTests {
    let directory: URL
    let mailServer: AuthenticatingSMTPServer
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("outbox")
        mailServer = try AuthenticatingSMTPServer.start(AuthenticatingSMTPServer.Options())
        program = Program(
            stateDirectory: directory,
            settings: [
                "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(mailServer.port)?tls=off",
                "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.2",
            ]
        )
    }

    /// A row that the mail server refused for good.
    private func deadRow(_ email: String, nickname: String = "Gone") async throws -> [String: any Sendable] {
        let finished = try program.pipe([request(1, "signup", signupParams(email, nickname: nickname))])
        #expect(finished.status == 0)
        let rows = try program.outbox(["--state", "dead"])
        return try #require(rows.first { $0["recipient"] as? String == email })
    }

    @Test("a refusal for good is a dead letter at once, with the reason; retried once the server is mended, it leaves")
    func retry() async throws {
        try mailServer.refuse(["gone@example.org": "550 5.1.1 no such user"])
        let row = try await deadRow("gone@example.org")
        #expect(row["attempts"] as? Int == 1)
        #expect((row["last_reply"] as? String)?.contains("550 5.1.1 no such user") == true)
        let id = try #require(row["id"] as? Int)

        try mailServer.refuse([:])
        let retried = try program.run(["outbox", "retry", String(id), "--json"])
        #expect(retried.status == 0)
        #expect(retried.output == "{\"retried\":[\(id)]}\n")
        let server = try await RunningServer(program, directory: directory)
        let code = try await mailServer.code(to: "gone@example.org")
        let client = try SocketClient(path: server.socketPath)
        #expect(try client.call(1, "verify", ["email": "gone@example.org", "code": code]).result != nil)
        #expect(try program.outbox().isEmpty)
        #expect(try program.outbox(["--state", "sent"]).map { $0["id"] as? Int } == [id])
    }

    @Test("of two verifications of one nickname at once, one wins and the other is told")
    func nicknameRace() async throws {
        // Two signups hold one nickname when the first was given up and is mailed again.
        try mailServer.refuse(["one@example.org": "550 no"])
        _ = try await deadRow("one@example.org", nickname: "Same")
        let server = try await RunningServer(program, directory: directory)
        let clients = try [SocketClient(path: server.socketPath), SocketClient(path: server.socketPath)]
        #expect(try clients[0].call(1, "signup", signupParams("two@example.org", nickname: "same")).signupID != nil)
        try mailServer.refuse([:])
        #expect(try program.run(["outbox", "retry", "--all-dead"]).status == 0)
        var requests: [String] = []
        for (number, email) in ["one@example.org", "two@example.org"].enumerated() {
            let params = ["email": email, "code": try await mailServer.code(to: email)]
            requests.append(try JSONLine.text(request(number, "verify", params)) + "\n")
        }
        for (client, line) in zip(clients, requests) { try client.send(line) }
        let replies = try clients.map { try JSONLine.object(try #require(try $0.receive())) }
        #expect(replies.count { $0.result != nil } == 1)
        #expect(replies.compactMap(\.reason) == ["NICKNAME_TAKEN"])
        #expect(server.stop() == 0)
    }

    @Test("a code that a mail server quotes from the subject stands in no reply that is kept", arguments: ["en", "ko"])
    func quotedCode(locale: String) async throws {
        try mailServer.refuse(["content": "550 5.7.1 rejected, header '{subject}'"])
        let settings = ["SIGNUPD_MAIL_CODE_IN_SUBJECT": "yes"].merging(program.environment) { $1 }
        let quoted = Program(environment: settings)
        let params = signupParams("gone@example.org", nickname: "Gone").merging(["locale": locale]) { $1 }
        let signup = try quoted.pipe([request(1, "signup", params)])
        let id = try #require(signup.replies.first?.signupID)
        let reply = try #require(try quoted.outbox(["--state", "dead"]).first?["last_reply"] as? String)
        #expect(reply.contains("rejected, header 'Subject: (encoded)") == (locale == "ko"), "\(reply)")
        #expect(reply.contains("(code)") == (locale == "en") && !reply.contains("=?"), "\(reply)")
        let status = try quoted.pipe([request(2, "status", ["signup_id": id])]).replies.first
        #expect((status?.result?["mail"] as? [String: any Sendable])?["last_reply"] as? String == reply)
    }

    @Test("outbox retry --all-dead queues every dead letter, and a running server sends them")
    func retryAllDead() async throws {
        let names = ["Gone", "Lost", "Moved"]
        try mailServer.refuse(
            Dictionary(uniqueKeysWithValues: names.map { ("\($0.lowercased())@example.org", "550 no") })
        )
        for name in names { _ = try await deadRow("\(name.lowercased())@example.org", nickname: name) }
        let server = try await RunningServer(program, directory: directory)
        // On a socket our own user is an operator.
        let listed = try SocketClient(path: server.socketPath).call(1, "outbox.list", ["state": "dead"])
        #expect((listed.result?["entries"] as? [[String: any Sendable]])?.count == 3)
        try mailServer.refuse([:])
        let retried = try program.run(["outbox", "retry", "--all-dead"])
        #expect(retried.status == 0)
        #expect(retried.output == "retried 3 mails\n")
        for name in names { _ = try await mailServer.code(to: "\(name.lowercased())@example.org") }
        #expect(server.stop() == 0)
    }

    @Test("outbox retry --all-dead gets past a thousand letters that nobody waits for any more")
    func retryBehindOthers() async throws {
        try mailServer.refuse(["gone@example.org": "550 no"])
        let id = try #require(try await deadRow("gone@example.org")["id"] as? Int)
        // Older ones, of signups that are no more.
        let script = """
            import os, sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            database.row_factory = sqlite3.Row
            row = dict(database.execute("SELECT * FROM outbox").fetchone())
            for number in range(1000):
                row.update(id=1000 + number, signup_id=os.urandom(16), created_at=row["created_at"] - 1, idempotency_key=None)
                names = ", ".join(row)
                places = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO outbox ({names}) VALUES ({places})", list(row.values()))
            database.commit()
            """
        try Command.run("/usr/bin/python3", ["-c", script, directory.path + "/signupd.sqlite"])
        let retried = try program.run(["outbox", "retry", "--all-dead"])
        #expect(retried.status == 1)
        #expect(retried.output == "retried 1 mail\n")
        #expect(try program.outbox(["--state", "queued"]).map { $0["id"] as? Int } == [id])
    }

    @Test("in a pipe the methods answer as the contract says")
    func methods() async throws {
        try mailServer.refuse(["gone@example.org": "550 5.1.1 no such user"])
        let id = try #require(try await deadRow("gone@example.org")["id"] as? Int)
        let replies = try program.pipe([request(1, "outbox.list"), request(2, "outbox.list", ["state": "queued"])])
            .replies
        // By itself: requests of one pipe run side by side, and the lists would show what it did.
        let retry = try program.pipe([request(3, "outbox.retry", ["ids": [id, id + 1000, id]])]).replies
        let list = try #require(replies[0].result)
        #expect(list["more"] as? Bool == false)
        let entry = try #require((list["entries"] as? [[String: any Sendable]])?.first)
        let members = [
            "id", "signup_id", "template", "issue", "recipient", "state", "attempts", "due_at", "last_reply",
            "created_at",
        ]
        #expect(Set(entry.keys) == Set(members))
        #expect(entry["template"] as? String == "verify-email")
        #expect(entry["state"] as? String == "dead")
        #expect(replies[1].result?["entries"] as? [String] == [])
        #expect(retry.first?.result?["retried"] as? [Int] == [id])
    }

    @Test("what is dropped is never sent, and its signup may ask for another")
    func drop() async throws {
        try mailServer.refuse(["gone@example.org": "550 5.1.1 no such user"])
        let id = try #require(try await deadRow("gone@example.org")["id"] as? Int)
        let dropped = try program.pipe([request(1, "outbox.drop", ["ids": [id]])])
        #expect(try dropped.replies.first?.result?["dropped"] as? [Int] == [id])
        let again = try program.run(["outbox", "drop", String(id)])
        #expect(again.status == 1)
        #expect(again.errors.hasSuffix("signupd: not dropped: \(id)\n"))
        #expect(try program.run(["outbox"]).output == "no mail\n")

        try mailServer.refuse([:])
        let resent = try program.with(["SIGNUPD_RESEND_AFTER_SECONDS": "0"])
            .pipe([request(1, "resend", ["email": "gone@example.org"])])
        #expect(resent.status == 0)
        _ = try await mailServer.code(to: "gone@example.org")
        #expect(try mailServer.messages().count == 1)
    }

    @Test(
        "a mistake is answered before anything is looked at",
        arguments: [
            (#"{"state":"gone"}"#, "outbox.list", "WRONG_TYPE", "state"),
            (#"{"limit":0}"#, "outbox.list", "WRONG_TYPE", "limit"),
            (#"{"limit":1001}"#, "outbox.list", "WRONG_TYPE", "limit"),
            (#"{"ids":[]}"#, "outbox.retry", "WRONG_TYPE", "ids"),
            (#"{"ids":["7"]}"#, "outbox.retry", "WRONG_TYPE", "ids"),
            (#"{"ids":null}"#, "outbox.drop", "MISSING_FIELD", "ids"),
            (#"{"id":7}"#, "outbox.drop", "UNKNOWN_FIELD", "id"),
        ]
    )
    func mistakes(params: String, method: String, reason: String, field: String) throws {
        let finished = try program.run(["pipe", "--method", method], input: params + "\n")
        #expect(try finished.replies.first?.reason == reason)
        #expect(try finished.replies.first?.field == field)
    }

    @Test("a list is cut to what one reply holds, and says that there is more")
    func longList() async throws {
        // Nothing leaves: every row waits.
        let waiting = program.with(["SIGNUPD_SMTP_URL": "smtp://127.0.0.1:1?tls=off"])
        let domain = "\(String(repeating: "long.", count: 30))example.org"
        let signups = (0..<250).map { request($0, "signup", signupParams("p\($0)@\(domain)", nickname: "Person\($0)")) }
        #expect(try waiting.pipe(signups, ["--drain", "0"]).status == 0)
        let finished = try waiting.pipe(
            [
                request(1, "outbox.list", ["limit": 1000]), request(2, "outbox.list", ["limit": 3]),
                request(3, "outbox.list", ["limit": 1]),
            ],
            ["--drain", "0"]
        )
        let lines = finished.output.split(separator: "\n")
        #expect(lines[0].utf8.count + 1 < 65_536)
        let replies = try finished.replies
        let entries = try #require(replies[0].result?["entries"] as? [[String: any Sendable]])
        #expect((100..<250).contains(entries.count))
        #expect(replies.map { $0.result?["more"] as? Bool } == [true, true, true])
        let recipients = (replies[1].result?["entries"] as? [[String: any Sendable]])?.map {
            $0["recipient"] as? String
        }
        #expect(recipients?.count == 3)
    }

    @Test("the table names each mail, and why it is where it is")
    func table() async throws {
        try mailServer.refuse(["gone@example.org": "550 5.1.1 no such user"])
        let id = try #require(try await deadRow("gone@example.org")["id"] as? Int)
        let lines = try program.run(["outbox", "list"]).output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("ID  STATE  TRIES  RECIPIENT"))
        #expect(lines[1].hasPrefix("\(id)"))
        #expect(lines[1].contains("dead   1      gone@example.org"))
        #expect(lines[1].hasSuffix("550 5.1.1 no such user"))
    }
}
