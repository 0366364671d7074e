// What the mail tests share: a message to send, transports aimed at a test's server, and how a failure is caught.

import Foundation
import Logging
import Mail
import Signup
import TestServers
import Testing

let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A mail with an English code in it, as the courier would make it.
func makeMessage(
    to recipient: String = "Mira@Example.org",
    content: MailContent = MailContent(
        subject: "Verify your email address",
        text: "Your verification code is: K7M2XQ\n",
        html: "<p>K7M2XQ</p>\n"
    ),
    id: String = "0191-1"
) throws -> MailMessage {
    MailMessage(
        recipient: try EmailAddress(recipient),
        content: content,
        messageIDLocalPart: id,
        date: Timestamp(millisecondsSince1970: 1_754_039_100_000)
    )
}

/// Settings for a server of a test's on this machine, in clear text.
func makeConfiguration(port: UInt16, security: SMTPConfiguration.Security = .none) throws -> SMTPConfiguration {
    var configuration = SMTPConfiguration(
        host: "127.0.0.1",
        port: port,
        security: security,
        from: try Mailbox("signupd <signupd@localhost>")
    )
    configuration.concurrency = 1
    return configuration
}

/// Runs `body` with a transport and shuts it down after.
func withTransport<Value>(
    _ configuration: SMTPConfiguration,
    _ body: (SMTPTransport) async throws -> Value
) async throws -> Value {
    let transport = try SMTPTransport(configuration, logger: logger)
    defer { transport.shutDown() }
    return try await body(transport)
}

extension MailTransport {
    /// Sends a message that is wanted whenever its turn comes.
    func send(_ message: MailMessage) async throws(MailFailure) -> String {
        guard let reply = try await send(message, ifStill: { true }) else { preconditionFailure("it was wanted") }
        return reply
    }
}

/// The failure of a send that must not succeed.
func failure(of transport: some MailTransport, sending message: MailMessage) async throws -> MailFailure {
    try #require(await #expect(throws: MailFailure.self) { try await transport.send(message) })
}

/// Waits for what a server is about to log; 30 s without it are a failure.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
    try #require(condition())
}
