import Foundation
import Mail
import Signup
import TestServers
import Testing

@Suite("Mail over SMTP")
struct SMTPDeliveryTests {
    @Test("goes over all connections at once, however long the server thinks about each")
    func allConnections() async throws {
        // Each mail is accepted a second after its last byte.
        let sink = try SMTPSink.start(["-W", ".:1"])
        defer { sink.stop() }
        var configuration = try makeConfiguration(port: sink.port)
        configuration.concurrency = 8
        try await withTransport(configuration) { transport in
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for number in 0..<16 {
                    group.addTask {
                        let message = try makeMessage(to: "p\(number)@example.org", id: "0191-\(number)")
                        #expect(try await transport.send(message) == "250 2.0.0 Ok")
                    }
                }
                try await group.waitForAll()
            }
            // Two rounds of eight; one after the other they would take 16 s, however busy the machine is.
            #expect(ContinuousClock.now - start < .seconds(15))
        }
        #expect(try Set(sink.received(16).flatMap(\.to)).count == 16)
        #expect(sink.connectionCount == 8)
    }

    @Test("arrives as a message that any reader understands")
    func readableMessage() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        let content = try TemplateComposer(MailTemplates()).compose(
            .verifyEmail,
            code: VerificationCode(typed: "K7M2XQ"),
            locale: nil,
            lifetime: .seconds(3600)
        )
        var configuration = try makeConfiguration(port: sink.port)
        configuration.from = try Mailbox("가입 창구 <join@mail.example.org>")
        let reply = try await withTransport(configuration) { try await $0.send(makeMessage(content: content)) }
        #expect(reply == "250 2.0.0 Ok")

        let mail = try #require(try sink.received(1).first)
        #expect(mail.from == "join@mail.example.org")
        #expect(mail.to == ["Mira@Example.org"])
        let message = try ReadMessage(mail.data)
        #expect(message.defects.isEmpty)
        #expect(message.type == "multipart/alternative")
        #expect(message.headers["subject"] == "Verify your email address")
        #expect(message.headers["from"] == "가입 창구 <join@mail.example.org>")
        #expect(message.headers["to"] == "Mira@Example.org")
        #expect(message.headers["message-id"] == "<0191-1@mail.example.org>")
        #expect(message.headers["mime-version"] == "1.0")
        #expect(message.headers["auto-submitted"] == "auto-generated")
        #expect(message.date == "2025-08-01T09:05:00+00:00")
        #expect(message.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(message.parts.map(\.charset) == ["utf-8", "utf-8"])
        #expect(message.parts.map(\.text) == [content.text, content.html])
    }

    @Test("puts CR LF at the end of every line, stuffs dots, and carries any language")
    func bytesOnTheWire() async throws {
        let server = try AuthenticatingSMTPServer.start(.init())
        defer { server.stop() }
        let text = "안녕\n.\n..\r\nQUIT\n\ntrailing space \nlong \(String(repeating: "é=", count: 200))"
        let content = MailContent(subject: "확인 ✓", text: text, html: "<p>.</p>\n.\n")
        try await withTransport(try makeConfiguration(port: server.port)) {
            _ = try await $0.send(makeMessage(content: content))
        }
        let bytes = try server.bytes().map(\.data).reduce(Data(), +)
        let wire = String(decoding: bytes, as: UTF8.self)
        let lines = wire.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\r") })
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
        // libcurl writes the type and the boundary of the whole in one line of 86.
        #expect(lines.allSatisfy { $0.utf8.count <= 78 || $0.hasPrefix("Content-Type: multipart/alternative; ") })
        let start = try #require(lines.firstIndex(of: "DATA"))
        let end = try #require(lines.lastIndex(of: "."))
        #expect(lines.count { $0 == "." } == 1)
        let unstuffed = lines[(start + 1)..<end].map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        let message = try ReadMessage(Data(unstuffed.joined(separator: "\r\n").utf8))
        #expect(message.headers["subject"] == "확인 ✓")
        let received = message.parts.map { $0.text.replacingOccurrences(of: "\r\n", with: "\n") }
        #expect(received == [text.replacingOccurrences(of: "\r\n", with: "\n") + "\n", "<p>.</p>\n.\n"])
        let accepted = try #require(try server.messages().first)
        #expect(accepted.from == "signupd@localhost")
        #expect(accepted.to == ["Mira@Example.org"])
        #expect(accepted.user == nil)
    }

    @Test("keeps its connection from mail to mail")
    func keptConnection() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        try await withTransport(try makeConfiguration(port: sink.port)) { transport in
            for number in 1...5 { _ = try await transport.send(makeMessage(id: "m\(number)")) }
        }
        #expect(try sink.received(5).count == 5)
        #expect(sink.connectionCount == 1)
    }

    @Test("sends 50 mails at once over as many connections as it may, each mail once")
    func parallelMails() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        var configuration = try makeConfiguration(port: sink.port)
        configuration.concurrency = 8
        try await withTransport(configuration) { transport in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask { _ = try await transport.send(makeMessage(to: "user\(number)@example.org")) }
                }
                try await group.waitForAll()
            }
        }
        let recipients = try sink.received(50).flatMap(\.to)
        #expect(recipients.sorted() == (0..<50).map { "user\($0)@example.org" }.sorted())
        #expect((1...8).contains(sink.connectionCount))
    }

    @Test("is not begun when it is wanted no more once its turn has come")
    func unwanted() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        try await withTransport(try makeConfiguration(port: sink.port)) { transport in
            #expect(try await transport.send(makeMessage(id: "not-this"), ifStill: { false }) == nil)
            _ = try await transport.send(makeMessage(id: "but-this"))
        }
        #expect(try sink.received(1).count == 1)
    }

    @Test("says what the operator chose in EHLO, and the chosen domain in Message-IDs")
    func names() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        var configuration = try makeConfiguration(port: sink.port)
        configuration.helloName = "relay.example.org"
        configuration.messageIDDomain = "id.example.org"
        try await withTransport(configuration) { _ = try await $0.send(makeMessage()) }
        let mail = try #require(try sink.received(1).first)
        #expect(sink.commands.contains("EHLO relay.example.org"))
        #expect(try ReadMessage(mail.data).headers["message-id"] == "<0191-1@id.example.org>")
    }

    @Test("answers a ping without sending anything")
    func ping() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        try await withTransport(try makeConfiguration(port: sink.port)) { try await $0.ping() }
        #expect(!sink.commands.contains { $0.hasPrefix("MAIL") })
        // Nobody waits for the answer to QUIT: it may be logged a moment later.
        try await eventually { sink.commands.last == "QUIT" }
    }

    @Test("is refused once the transport shut down")
    func afterShutdown() async throws {
        let transport = try SMTPTransport(try makeConfiguration(port: 25), logger: logger)
        transport.shutDown()
        transport.shutDown()
        let expected = MailFailure(stage: .local, replyCode: nil, reply: "shutting down")
        let sent = try await failure(of: transport, sending: makeMessage())
        #expect(sent == expected)
        await #expect(throws: expected) { try await transport.ping() }
    }

    @Test("is refused at the start with settings that could not work")
    func impossibleSettings() throws {
        let spoilers: [(inout SMTPConfiguration) -> Void] = [
            { $0.host = "" }, { $0.host = "mail.example.org/x" }, { $0.host = "user@host" }, { $0.port = 0 },
            { $0.concurrency = 0 }, { $0.sendTimeout = .zero }, { $0.helloName = "x\r\nMAIL" },
            { $0.messageIDDomain = "a>b" }, { $0.caFile = "/nonexistent" },
            { $0.credentials = SMTPCredentials(user: "u\n", password: "p") },
        ]
        for spoil in spoilers {
            var configuration = try makeConfiguration(port: 25)
            spoil(&configuration)
            let failure = #expect(throws: MailFailure.self) { try SMTPTransport(configuration, logger: logger) }
            #expect(failure?.stage == .local)
        }
    }
}
