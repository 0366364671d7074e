// Where secrets come from, how they are changed, and that no message repeats one.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("secrets")
struct SecretTests {
    private static let old = String(repeating: "0a", count: 32)
    private static let new = String(repeating: "b1", count: 32)
    private static let all = ["SIGNUPD_DATABASE_URL", "SIGNUPD_REDIS_URL", "SIGNUPD_SMTP_URL", "SIGNUPD_SECRET"]
    /// Any URL setting refuses it, and says so without repeating it.
    private static let marked = "gopher://me:hunter2secret@host"

    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("secrets")
    }

    private func program(_ secrets: String) -> Program {
        Program(
            stateDirectory: directory,
            settings: ["SIGNUPD_SECRET": secrets, "SIGNUPD_RESEND_AFTER_SECONDS": "0"]
        )
    }

    private func signUp(_ email: String, _ nickname: String, under secrets: String) async throws -> String {
        let finished = try program(secrets).pipe([request(1, "signup", signupParams(email, nickname: nickname))])
        try #require(finished.status == 0)
        return try await Maildir(stateDirectory: directory).code(to: email)
    }

    private func verify(_ email: String, _ code: String, under secrets: String) throws -> [String: any Sendable] {
        let finished = try program(secrets).pipe([request(1, "verify", ["email": email, "code": code])])
        return try #require(try finished.replies.first)
    }

    @Test("of several secrets the first signs and all verify: over restarts a rotation loses no code")
    func rotation() async throws {
        let before = try await signUp("before@example.org", "Before", under: Self.old)
        let during = try await signUp("during@example.org", "During", under: "\(Self.old),\(Self.new)")
        let after = try await signUp("after@example.org", "After", under: "\(Self.new), \(Self.old)")
        let late = try await signUp("late@example.org", "Late", under: Self.old)
        // Signed by the first: whoever has only the other one cannot read it, and the next code is signed by what is there.
        #expect(try verify("during@example.org", during, under: Self.new).reason == "CODE_INCORRECT_OR_EXPIRED")
        #expect(try verify("during@example.org", during, under: "\(Self.new),\(Self.old)").result != nil)
        #expect(try verify("before@example.org", before, under: "\(Self.new),\(Self.old)").result != nil)
        #expect(try verify("after@example.org", after, under: Self.new).result != nil)
        #expect(try verify("late@example.org", late, under: Self.new).reason == "CODE_INCORRECT_OR_EXPIRED")
        let again = try program(Self.new).pipe([request(1, "resend", ["email": "late@example.org"])])
        #expect(again.status == 0)
        let fresh = try await Maildir(stateDirectory: directory).code(to: "late@example.org", besides: late)
        #expect(try verify("late@example.org", fresh, under: Self.new).result != nil)
    }

    @Test("every secret can be the content of a file, or a credential of systemd", arguments: all)
    func sources(variable: String) throws {
        let file = directory.appendingPathComponent(variable)
        try "\(Self.marked)\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        let state = try makeTemporaryDirectory("secrets")
        for settings in [["\(variable)_FILE": file.path], ["CREDENTIALS_DIRECTORY": directory.path]] {
            let finished = try Program(stateDirectory: state, settings: settings).run(["pipe"])
            #expect(finished.status == 78)
            // It was read: it is this text that is wrong.
            #expect(finished.errors.contains("  \(variable): "), "\(settings): \(finished.errors)")
            #expect(!finished.errors.contains("hunter2"))
        }
        let thrice = [
            variable: Self.marked, "\(variable)_FILE": file.path, "CREDENTIALS_DIRECTORY": directory.path,
        ]
        for missing in thrice.keys {
            let settings = thrice.filter { $0.key != missing }
            let finished = try Program(stateDirectory: state, settings: settings).run(["pipe"])
            #expect(finished.status == 78 && finished.errors.contains("\(variable): is given more than once"))
            #expect(!finished.errors.contains("hunter2"))
        }
    }

    @Test("a credential comes before the config file")
    func precedence() throws {
        let configuration = directory.appendingPathComponent("signupd.conf")
        try "SIGNUPD_SECRET=short\n".write(to: configuration, atomically: true, encoding: .utf8)
        let arguments = ["pipe", "--config", configuration.path]
        #expect(try Program(stateDirectory: directory).run(arguments).status == 78)
        let credential = directory.appendingPathComponent("SIGNUPD_SECRET")
        try Self.new.write(to: credential, atomically: true, encoding: .utf8)
        let program = Program(stateDirectory: directory, settings: ["CREDENTIALS_DIRECTORY": directory.path])
        #expect(try program.run(arguments).status == 0)
    }

    @Test("a file that is missing, empty or huge is refused with its name", arguments: ["none", "empty", "huge"])
    func unusableFile(name: String) throws {
        let file = directory.appendingPathComponent(name)
        if name != "none" {
            let text = String(repeating: "ab", count: name == "huge" ? 10_000 : 0)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let finished = try Program(stateDirectory: directory, settings: ["SIGNUPD_SECRET_FILE": file.path]).run(["pipe"]
        )
        #expect(finished.status == 78)
        #expect(finished.errors.contains("SIGNUPD_SECRET_FILE: ") && finished.errors.contains(file.path))
    }

    @Test(
        "a secret that is short, or no hex or base64, is refused, also behind a good one",
        arguments: ["hunter2secret", String(repeating: "ab", count: 31), "not/hex/and=not=base64!"]
    )
    func short(secret: String) throws {
        for secrets in ["\(Self.old),\(secret)", secret] {
            let finished = try program(secrets).run(["pipe"])
            #expect(finished.status == 78)
            #expect(finished.errors.contains("SIGNUPD_SECRET: ") && finished.errors.contains("at least 32 bytes"))
            #expect(!finished.errors.contains(secrets) && !finished.errors.contains("hunter2"))
        }
    }

    @Test("a file of secrets that others may read is a warning, behind a link too; for the group it is none")
    func readableFile() throws {
        let file = directory.appendingPathComponent("key")
        try Self.new.write(to: file, atomically: true, encoding: .utf8)
        let link = directory.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let configuration = directory.appendingPathComponent("signupd.conf")
        try "SIGNUPD_SECRET=\(Self.new)\n".write(to: configuration, atomically: true, encoding: .utf8)
        for (mode, warns) in [(0o644, true), (0o640, false), (0o600, false)] {
            for path in [file.path, configuration.path] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
            let ping = [request(1, "service.ping")]
            let named = Program(stateDirectory: directory, settings: ["SIGNUPD_SECRET_FILE": link.path])
            let finished = try named.pipe(ping)
            #expect(finished.status == 0)
            #expect(finished.errors.contains("can be read by every user") == warns)
            let configured = try Program(stateDirectory: directory).pipe(ping, ["--config", configuration.path])
            #expect(configured.status == 0)
            #expect(configured.errors.contains("\(configuration.path) can be read by every user") == warns)
        }
    }

    @Test("the secret that signupd made is refused once anybody else may read it", arguments: [0o640, 0o604])
    func generated(mode: Int) throws {
        let program = Program(stateDirectory: directory)
        #expect(try program.pipe([request(1, "service.ping")]).status == 0)
        let file = directory.appendingPathComponent("secret")
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        let finished = try program.run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("chmod 600 \(file.path)"))
    }
}
