import Foundation
import Mail
import Signup
import TestServers
import Testing

@Suite("Mail that an SMTP server does not take")
struct SMTPFailureTests {
    @Test(
        "names the stage and the reply of a refusal",
        arguments: [
            ("MAIL", MailFailure.Stage.sender), ("RCPT", .recipient), ("DATA", .data), (".", .content),
        ]
    )
    func refusals(command: String, stage: MailFailure.Stage) async throws {
        for (option, reply) in [("-f", "500 5.3.0 Error: command failed"), ("-r", "450 4.3.0 Error: command failed")] {
            let sink = try SMTPSink.start([option, command])
            defer { sink.stop() }
            let failure = try await send(to: sink)
            #expect(failure == MailFailure(stage: stage, replyCode: Int(reply.prefix(3)), reply: reply))
        }
    }

    @Test(
        "names the stage at which the connection was lost, with no reply code",
        arguments: [
            ("EHLO,HELO", MailFailure.Stage.greeting), ("MAIL", .sender), ("RCPT", .recipient), ("DATA", .data),
            (".", .content),
        ]
    )
    func drops(commands: String, stage: MailFailure.Stage) async throws {
        let sink = try SMTPSink.start(["-q", commands])
        defer { sink.stop() }
        let failure = try await send(to: sink)
        #expect(failure.stage == stage)
        #expect(failure.replyCode == nil)
        #expect(!failure.reply.isEmpty)
    }

    @Test("blames nobody's mail when the server refuses or drops the connection at once")
    func noGreeting() async throws {
        for (options, code) in [(["-f", "CONNECT"], 500), (["-q", "CONNECT"], nil)] as [([String], Int?)] {
            let sink = try SMTPSink.startWithoutGreeting(options)
            defer { sink.stop() }
            let failure = try await send(to: sink)
            #expect(failure.stage == .greeting)
            #expect(failure.replyCode == code)
        }
    }

    @Test("fails to connect when nobody listens, for a send and for a ping")
    func nobodyListens() async throws {
        try await withTransport(try makeConfiguration(port: try Loopback.freePort())) { transport in
            let sent = try await failure(of: transport, sending: makeMessage())
            #expect(sent.stage == .connect)
            let pinged = await #expect(throws: MailFailure.self) { try await transport.ping() }
            #expect(pinged?.stage == .connect)
        }
    }

    @Test("fails to connect when the host's name is nobody's")
    func unknownHost() async throws {
        var configuration = try makeConfiguration(port: 25)
        configuration.host = "mail.invalid"
        try await withTransport(configuration) {
            let sent = try await failure(of: $0, sending: makeMessage())
            #expect(sent.stage == .connect)
        }
    }

    @Test("does not wait beyond the connect timeout for a greeting")
    func hungGreeting() async throws {
        let sink = try SMTPSink.start()
        defer { sink.stop() }
        try sink.suspend()
        var configuration = try makeConfiguration(port: sink.port)
        configuration.connectTimeout = .milliseconds(300)
        let start = ContinuousClock.now
        try await withTransport(configuration) { transport in
            let sent = try await failure(of: transport, sending: makeMessage())
            #expect(sent.stage == .greeting)
            let pinged = await #expect(throws: MailFailure.self) { try await transport.ping() }
            #expect(pinged?.stage == .greeting)
        }
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test(
        "does not wait beyond the send timeout",
        arguments: [
            ("MAIL:60", MailFailure.Stage.sender), ("RCPT:60", .recipient), ("DATA:60", .data), (".:60", .content),
        ]
    )
    func hungServer(delay: String, stage: MailFailure.Stage) async throws {
        let sink = try SMTPSink.start(["-W", delay])
        defer { sink.stop() }
        let start = ContinuousClock.now
        let failure = try await send(to: sink, timeout: .milliseconds(500))
        #expect(failure.stage == stage)
        #expect(failure.replyCode == nil)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("does not wait for the answer to QUIT, neither after a failure nor when the transport shuts down")
    func hungQuit() async throws {
        let start = ContinuousClock.now
        let refusing = try SMTPSink.start(["-f", "RCPT", "-W", "QUIT:60"])
        defer { refusing.stop() }
        #expect(try await send(to: refusing).replyCode == 500)
        let accepting = try SMTPSink.start(["-W", "QUIT:60"])
        defer { accepting.stop() }
        try await withTransport(try makeConfiguration(port: accepting.port)) { transport in
            _ = try await transport.send(makeMessage())
            try await transport.ping()
        }
        try await eventually { accepting.commands.count { $0 == "QUIT" } == 2 }
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("does not wait for a hung server when the transport shuts down")
    func shutdownWhileHung() async throws {
        let sink = try SMTPSink.start(["-W", "RCPT:60"])
        defer { sink.stop() }
        let transport = try SMTPTransport(try makeConfiguration(port: sink.port), logger: logger)
        async let sent = failure(of: transport, sending: makeMessage())
        try await eventually { sink.commands.contains { $0.hasPrefix("RCPT") } }
        let start = ContinuousClock.now
        transport.shutDown(grace: .milliseconds(100))
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(try await sent == MailFailure(stage: .local, replyCode: nil, reply: "shutting down"))
    }

    @Test("does not use a connection again whose last mail failed")
    func connectionAfterFailure() async throws {
        let sink = try SMTPSink.start(["-f", "."])
        defer { sink.stop() }
        try await withTransport(try makeConfiguration(port: sink.port)) { transport in
            for _ in 1...2 {
                let sent = try await failure(of: transport, sending: makeMessage())
                #expect(sent.stage == .content)
            }
        }
        #expect(sink.connectionCount == 2)
    }

    @Test(
        "gets through over a new connection when the server closed the kept one while it was idle",
        arguments: [true, false]
    )
    func closedWhileIdle(farewell: Bool) async throws {
        var options = AuthenticatingSMTPServer.Options()
        options.idleSeconds = 0.5
        options.farewell = farewell
        let server = try AuthenticatingSMTPServer.start(options)
        defer { server.stop() }
        try await withTransport(try makeConfiguration(port: server.port)) { transport in
            _ = try await transport.send(makeMessage(id: "first"))
            try server.waitUntilClosed(1)
            _ = try await transport.send(makeMessage(id: "second"))
        }
        #expect(try server.messages().map(\.connection) == [1, 2])
    }

    @Test("gets through when the server was restarted between two mails")
    func restartedServer() async throws {
        let first = try SMTPSink.start()
        try await withTransport(try makeConfiguration(port: first.port)) { transport in
            _ = try await transport.send(makeMessage())
            first.stop()
            let sent = try await failure(of: transport, sending: makeMessage())
            #expect(sent.stage == .connect)
            let second = try SMTPSink.start(port: first.port)
            defer { second.stop() }
            _ = try await transport.send(makeMessage())
            #expect(try second.received(1).count == 1)
        }
    }

    @Test("does not name the recipient in a reply that does")
    func hiddenRecipient() async throws {
        let sink = try SMTPSink.start(["-f", "RCPT", "-B", "550 5.1.1 <mira@example.org> unknown"])
        defer { sink.stop() }
        #expect(try await send(to: sink).reply == "550 5.1.1 <(recipient)> unknown")
    }

    private func send(to sink: SMTPSink, timeout: Duration = .seconds(60)) async throws -> MailFailure {
        var configuration = try makeConfiguration(port: sink.port)
        configuration.sendTimeout = timeout
        return try await withTransport(configuration) { try await failure(of: $0, sending: makeMessage()) }
    }
}
