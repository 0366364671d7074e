import Foundation
import Mail
import Signup
import TestServers
import Testing

@Suite("Mail into a directory")
struct MaildirTests {
    @Test("what is wanted no more once its turn has come is not written")
    func unwanted() async throws {
        let maildir = try Maildir()
        try await maildir.with { transport in
            #expect(try await transport.send(makeMessage(), ifStill: { false }) == nil)
            _ = try await transport.send(makeMessage())
        }
        #expect(try maildir.files("new").count == 1)
    }

    @Test("is one readable file in `new`, and says what the same mail over SMTP says")
    func readableFile() async throws {
        let maildir = try Maildir()
        let content = MailContent(
            subject: "확인 \(String(repeating: "주소 ", count: 20))",
            text: "Your verification code is: K7M2XQ\r\n.\n확인",
            html: "<p>K7M2XQ</p>\n"
        )
        let reply = try await maildir.with { try await $0.send(makeMessage(content: content)) }
        #expect(reply == "delivered to maildir")
        let file = try #require(try maildir.files("new").first)
        #expect(try maildir.files("tmp").isEmpty)
        let data = try Data(contentsOf: file)
        #expect(!data.contains(UInt8(ascii: "\r")))
        #expect(String(decoding: data, as: UTF8.self).contains("\nYour verification code is: K7M2XQ\n"))
        let message = try ReadMessage(data)
        #expect(message.defects.isEmpty)
        #expect(message.type == "multipart/alternative")
        #expect(message.headers["from"] == "signupd <signupd@localhost>")
        #expect(message.headers["to"] == "Mira@Example.org")
        #expect(message.headers["subject"] == content.subject)
        #expect(message.headers["message-id"] == "<0191-1@localhost>")
        #expect(message.headers["auto-submitted"] == "auto-generated")
        #expect(message.date == "2025-08-01T09:05:00+00:00")
        #expect(message.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(message.parts.map(\.text) == ["Your verification code is: K7M2XQ\n.\n확인\n", "<p>K7M2XQ</p>\n"])
    }

    @Test("is for nobody else's eyes")
    func permissions() async throws {
        let maildir = try Maildir()
        try await maildir.with { _ = try await $0.send(makeMessage()) }
        for name in ["", "tmp", "new", "cur"] {
            #expect(try permissions(of: URL(fileURLWithPath: "\(maildir.path)/\(name)")) == 0o700)
        }
        #expect(try permissions(of: try #require(try maildir.files("new").first)) == 0o600)
    }

    @Test("is refused at the start if others could read it")
    func openDirectory() throws {
        let maildir = try Maildir()
        try FileManager.default.createDirectory(atPath: "\(maildir.path)/new", withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(maildir.path)/new")
        let failure = #expect(throws: MailFailure.self) { try maildir.transport() }
        #expect(failure?.stage == .local)
        #expect(failure?.reply.contains("open to others") == true)
    }

    @Test("is refused at the start where no directory can be made")
    func impossibleDirectory() throws {
        let failure = #expect(throws: MailFailure.self) {
            try MaildirTransport(
                MaildirConfiguration(path: "/dev/null/mail", from: Mailbox("a@localhost")),
                logger: logger
            )
        }
        #expect(failure?.stage == .local)
    }

    @Test("has a name of its own for each of 50 mails at once, and the same Message-ID on a retry")
    func uniqueNames() async throws {
        let maildir = try Maildir()
        try await maildir.with { transport in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask { _ = try await transport.send(makeMessage(to: "user\(number)@example.org")) }
                }
                try await group.waitForAll()
            }
        }
        let texts = try maildir.files("new").map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        #expect(texts.count == 50)
        #expect(texts.allSatisfy { $0.contains("\nMessage-ID: <0191-1@localhost>\n") })
        for number in 0..<50 { #expect(texts.count { $0.contains("\nTo: user\(number)@example.org\n") } == 1) }
    }

    @Test("comes back after the directory was moved away; a ping tells while it cannot")
    func movedDirectory() async throws {
        let maildir = try Maildir()
        try await maildir.with { transport in
            try await transport.ping()
            try FileManager.default.moveItem(atPath: maildir.path, toPath: maildir.path + "-moved")
            await #expect(throws: MailFailure.self) { try await transport.ping() }
            _ = try await transport.send(makeMessage())
            try await transport.ping()
        }
        #expect(try maildir.files("new").count == 1)
    }

    @Test("fails as ours, not as the row's, when it cannot be written")
    func unwritable() async throws {
        let maildir = try Maildir()
        try await maildir.with { transport in
            try FileManager.default.removeItem(atPath: maildir.path)
            try Data().write(to: URL(fileURLWithPath: maildir.path))
            let failure = try await failure(of: transport, sending: makeMessage())
            #expect(failure.stage == .local)
            #expect(failure.replyCode == nil)
        }
    }

    @Test("is refused once the transport shut down")
    func afterShutdown() async throws {
        let transport = try Maildir().transport()
        transport.shutDown()
        transport.shutDown()
        let sent = try await failure(of: transport, sending: makeMessage())
        #expect(sent.reply == "shutting down")
    }

    private func permissions(of file: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        return try #require(attributes[.posixPermissions] as? Int)
    }
}

/// A Maildir that a transport is to make.
private struct Maildir {
    let path: String

    init() throws {
        path = try makeTemporaryDirectory("maildir").appendingPathComponent("mail").path
    }

    func transport() throws -> MaildirTransport {
        try MaildirTransport(
            MaildirConfiguration(path: path, from: try Mailbox("signupd <signupd@localhost>")),
            logger: logger
        )
    }

    func with<Value>(_ body: (MaildirTransport) async throws -> Value) async throws -> Value {
        let transport = try transport()
        defer { transport.shutDown() }
        return try await body(transport)
    }

    func files(_ name: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: URL(fileURLWithPath: "\(path)/\(name)"),
            includingPropertiesForKeys: nil
        )
    }
}
