import Foundation
import Mail
import Signup
import TestServers
import Testing

@Suite("Mail over TLS, with a login")
struct SMTPSecurityTests {
    private static let password = "correct horse battery staple"

    @Test("reaches a server that a trusted authority vouches for, and everything after STARTTLS is encrypted")
    func startTLS() async throws {
        let setting = try Setting()
        defer { setting.server.stop() }
        let reply = try await withTransport(try setting.configuration()) { try await $0.send(makeMessage()) }
        #expect(reply == "250 2.0.0 Ok: queued as TEST")
        #expect(try setting.server.messages().map(\.user) == ["join"])
        #expect(try setting.clearCommands() == ["EHLO", "STARTTLS"])
    }

    @Test("goes over TLS from the first byte")
    func implicitTLS() async throws {
        let setting = try Setting(implicitTLS: true)
        defer { setting.server.stop() }
        try await withTransport(try setting.configuration()) { transport in
            _ = try await transport.send(makeMessage())
            try await transport.ping()
        }
        #expect(try setting.server.messages().map(\.user) == ["join"])
        #expect(try setting.clearCommands().isEmpty)
    }

    @Test(
        "does not reach a server that another authority vouches for, and tells it no password",
        arguments: [true, false]
    )
    func wrongAuthority(implicitTLS: Bool) async throws {
        let setting = try Setting(implicitTLS: implicitTLS)
        defer { setting.server.stop() }
        var configuration = try setting.configuration()
        configuration.caFile = try TestAuthority().caFile
        try await expectNoTrust(setting, configuration)
    }

    @Test("does not reach a server whose certificate names another host", arguments: [true, false])
    func wrongName(implicitTLS: Bool) async throws {
        let setting = try Setting(name: "DNS:mail.example.org", implicitTLS: implicitTLS)
        defer { setting.server.stop() }
        try await expectNoTrust(setting, try setting.configuration())
    }

    @Test("does not trust a test's authority unless it is told to")
    func systemAuthorities() async throws {
        let setting = try Setting()
        defer { setting.server.stop() }
        var configuration = try setting.configuration()
        configuration.caFile = nil
        try await expectNoTrust(setting, configuration)
    }

    @Test("does not reach a server that offers no STARTTLS, and tells it no password")
    func noStartTLS() async throws {
        let server = try AuthenticatingSMTPServer.start(.init())
        defer { server.stop() }
        var configuration = try makeConfiguration(port: server.port, security: .startTLSRequired)
        configuration.credentials = SMTPCredentials(user: "join", password: Self.password)
        try await withTransport(configuration) { transport in
            let failure = try await failure(of: transport, sending: makeMessage())
            #expect(failure.stage == .tls)
            #expect(failure.replyCode == nil)
        }
        #expect(try server.messages().isEmpty)
        let verbs = try commands(server.bytes()).map { $0.prefix(4) }
        #expect(Set(verbs).isSubset(of: ["EHLO", "HELO", "QUIT"]))
    }

    @Test("does not reach a server that speaks clear text where TLS is due")
    func clearTextServer() async throws {
        let server = try AuthenticatingSMTPServer.start(.init())
        defer { server.stop() }
        let configuration = try makeConfiguration(port: server.port, security: .implicitTLS)
        try await withTransport(configuration) {
            let sent = try await failure(of: $0, sending: makeMessage())
            #expect(sent.stage == .tls)
        }
        #expect(try server.messages().isEmpty)
    }

    @Test("is nobody's fault when the login is refused, and the reply holds no password")
    func refusedLogin() async throws {
        let setting = try Setting()
        defer { setting.server.stop() }
        var configuration = try setting.configuration()
        configuration.credentials = SMTPCredentials(user: "join", password: "wrong \(Self.password)")
        try await withTransport(configuration) { transport in
            let sent = try await failure(of: transport, sending: makeMessage())
            #expect(sent.stage == .authentication)
            #expect(sent.replyCode == 535)
            #expect(!sent.reply.contains("horse"))
            let pinged = await #expect(throws: MailFailure.self) { try await transport.ping() }
            #expect(pinged?.stage == .authentication)
        }
        #expect(try setting.server.messages().isEmpty)
    }

    @Test("keeps its encrypted connection, and logs in once")
    func keptConnection() async throws {
        let setting = try Setting()
        defer { setting.server.stop() }
        try await withTransport(try setting.configuration()) { transport in
            for number in 1...3 { _ = try await transport.send(makeMessage(id: "m\(number)")) }
        }
        #expect(try setting.server.messages().map(\.connection) == [1, 1, 1])
        #expect(try setting.server.connectionCount() == 1)
    }

    @Test("a login shows no password, however it is printed")
    func printedCredentials() throws {
        var configuration = try makeConfiguration(port: 25)
        configuration.credentials = SMTPCredentials(user: "join", password: Self.password)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("horse"))
        }
    }

    /// A server with a login and a certificate, and the settings that fit it.
    private struct Setting {
        let authority: TestAuthority
        let server: AuthenticatingSMTPServer
        let implicitTLS: Bool

        init(name: String = "IP:127.0.0.1", implicitTLS: Bool = false) throws {
            authority = try TestAuthority()
            var options = AuthenticatingSMTPServer.Options()
            options.certificate = try authority.issue(for: name)
            options.implicitTLS = implicitTLS
            options.login = (user: "join", password: password)
            server = try AuthenticatingSMTPServer.start(options)
            self.implicitTLS = implicitTLS
        }

        func configuration() throws -> SMTPConfiguration {
            var configuration = try makeConfiguration(
                port: server.port,
                security: implicitTLS ? .implicitTLS : .startTLSRequired
            )
            configuration.caFile = authority.caFile
            configuration.credentials = SMTPCredentials(user: "join", password: password)
            return configuration
        }

        /// The first words of the lines that came in clear text.
        func clearCommands() throws -> [String] {
            try commands(server.bytes().filter { !$0.encrypted }).map { String($0.prefix { $0 != " " }) }
        }
    }

    private func expectNoTrust(_ setting: Setting, _ configuration: SMTPConfiguration) async throws {
        try await withTransport(configuration) { transport in
            let sent = try await failure(of: transport, sending: makeMessage())
            #expect(sent.stage == .tls)
            #expect(sent.replyCode == nil)
            let pinged = await #expect(throws: MailFailure.self) { try await transport.ping() }
            #expect(pinged?.stage == .tls)
        }
        #expect(try setting.server.messages().isEmpty)
        let heard = try commands(setting.server.bytes()).map { String($0.prefix { $0 != " " }) }
        #expect(Set(heard).isSubset(of: ["EHLO", "STARTTLS"]))
    }
}

private func commands(_ bytes: [AuthenticatingSMTPServer.Bytes]) -> [String] {
    let text = String(decoding: bytes.map(\.data).reduce(Data(), +), as: UTF8.self)
    return text.components(separatedBy: "\r\n").filter { !$0.isEmpty }
}
