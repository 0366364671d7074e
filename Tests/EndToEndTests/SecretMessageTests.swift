// No message repeats a password: not of a wrong URL, and not of a server that cannot be reached, trusted or logged in to.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("passwords in messages")
struct SecretMessageTests {
    private static let password = "hunter2secret"
    /// As it stands in a URL, encoded; decoded it must not be seen either.
    private static let encoded = "hunter2secret%21"

    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("messages")
    }

    private static let wrongURLs: [(variable: String, url: String)] =
        ["DATABASE", "REDIS", "SMTP"].flatMap { name -> [(String, String)] in
            let scheme = ["DATABASE": "mariadb", "REDIS": "redis", "SMTP": "smtp"][name] ?? ""
            let login = "me:\(encoded)@"
            let urls = [
                "gopher://\(login)host/db", "\(login)host", encoded, ":\(encoded)", "\(scheme)s2://\(login)host/db",
                "\(scheme)://\(login)", "\(scheme)://\(login)/db", "\(scheme)://\(login)host:port/db",
                "\(scheme)://\(login)host:70000/db", "\(scheme)://\(login)host/db?sslmode=\(encoded)",
                "\(scheme)://\(login)host/db?\(encoded)=1", "\(scheme)://\(login)host/db#\(encoded)",
                "\(scheme)://me:\(encoded)%zz@host/db", "\(scheme)://me:\(encoded) @host/db",
                "\(scheme)://me:\(encoded)/@host/db", "\(scheme)://me:\(encoded)%00@host/db",
                "\(scheme)://\(login)[host/db", "\(scheme)://\(login)host/\(encoded)/\(encoded)",
            ]
            return urls.map { ("SIGNUPD_\(name)_URL", $0) }
        } + [
            ("SIGNUPD_REDIS_URL", "rediss://me:\(encoded)@host:6379/0"),
            ("SIGNUPD_SMTP_URL", "smtp://me:\(encoded)@mail.example.org?tls=off"),
            ("SIGNUPD_SMTP_URL", "smtp://me:\(encoded)@host?tls=maybe"),
            ("SIGNUPD_SMTP_URL", "smtps://me:\(encoded)@host?tls=off"),
            ("SIGNUPD_DATABASE_URL", "mariadb://:\(encoded)@host/db"),
            ("SIGNUPD_SMTP_URL", "smtp://:\(encoded)@host"),
        ]

    @Test("a wrong URL is refused with its variable and without its password", arguments: wrongURLs)
    func wrong(variable: String, url: String) throws {
        let finished = try Program(stateDirectory: directory, settings: [variable: url]).run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("  \(variable): "))
        #expect(!finished.errors.contains("hunter2"), "\(finished.errors)")
    }

    @Test("rediss: is refused because Redis is spoken to without TLS")
    func redissReason() throws {
        let settings = ["SIGNUPD_REDIS_URL": "rediss://me:\(Self.encoded)@host:6379/0"]
        let finished = try Program(stateDirectory: directory, settings: settings).run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("asks for TLS") && finished.errors.contains("a Unix socket or a tunnel"))
    }

    @Test("plain SMTP is for this machine: elsewhere tls=off with a password is refused")
    func plainSMTP() throws {
        for (host, isRefused) in [("mail.example.org", true), ("127.0.0.1", false), ("localhost", false)] {
            let settings = ["SIGNUPD_SMTP_URL": "smtp://me:\(Self.encoded)@\(host):25?tls=off"]
            let finished = try Program(stateDirectory: directory, settings: settings).pipe([request(1, "service.ping")])
            #expect(finished.status == (isRefused ? 78 : 0))
        }
    }

    /// Everything that a server says and logs about backends it cannot use, with debug messages.
    private func everything(_ settings: [String: String]) async throws -> String {
        let standard = [
            "SIGNUPD_LOG_LEVEL": "trace", "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
            "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.1",
        ]
        let program = Program(stateDirectory: directory, settings: standard.merging(settings) { $1 })
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        var said = ""
        let calls: [(String, [String: Any])] = [
            ("signup", signupParams("mira@example.org", nickname: "Mira")),
            ("verify", ["email": "mira@example.org", "code": "K7M2XQ"]), ("status", ["email": "mira@example.org"]),
            ("service.health", [:]), ("outbox.list", [:]),
        ]
        for (number, call) in calls.enumerated() {
            said += "\(try client.call(number, call.0, call.1))\n"
        }
        // Time for the courier to fail, too.
        usleep(500_000)
        said += "\(try client.call(9, "service.health"))\n"
        #expect(server.stop() == 0)
        return said + server.log
    }

    @Test("a database that cannot be reached or logged in to is named without the password")
    func database() async throws {
        let mariadb = try PrivateMariaDB.shared.get()
        let redis = try PrivateRedis.start()
        let others = [
            "SIGNUPD_REDIS_URL": "redis+unix:\(redis.socketPath)", "SIGNUPD_SMTP_URL": "maildir:\(directory.path)/m",
        ]
        let urls = [
            "mariadb://\(mariadb.user):\(Self.encoded)@localhost/db?socket=\(mariadb.socketPath)",
            "mariadb://\(mariadb.user):\(Self.encoded)@localhost/db?socket=\(directory.path)/none",
            "mariadb://\(mariadb.user):\(Self.encoded)@127.0.0.1:1/db",
        ]
        for url in urls {
            let settings = others.merging(["SIGNUPD_DATABASE_URL": url]) { $1 }
            let said = try await everything(settings)
            #expect(said.contains("UNAVAILABLE"))
            #expect(!said.contains("hunter2"), "\(said)")
            let secret = ["SIGNUPD_SECRET": String(repeating: "5a", count: 32)]
            let migrated = try Program(stateDirectory: directory, settings: settings.merging(secret) { $1 }).run([
                "migrate"
            ])
            #expect(migrated.status != 0 && !migrated.errors.isEmpty)
            #expect(!migrated.errors.contains("hunter2"), "\(migrated.errors)")
        }
    }

    @Test("a Redis that cannot be reached or logged in to is named without the password")
    func redis() async throws {
        let port = try Loopback.freePort()
        let redis = try PrivateRedis.start(password: "another", arguments: ["--port", "\(port)"])
        defer { redis.stop() }
        for place in ["127.0.0.1:1", "127.0.0.1:\(port)"] {
            let url = "redis://:\(Self.encoded)@\(place)/0"
            let said = try await everything(["SIGNUPD_REDIS_URL": url])
            #expect(said.contains("UNAVAILABLE"))
            #expect(!said.contains("hunter2"), "\(said)")
        }
    }

    @Test("a mail server that cannot be reached, trusted or logged in to is named without the password")
    func mail() async throws {
        let authority = try TestAuthority()
        var options = AuthenticatingSMTPServer.Options()
        options.certificate = try authority.issue(for: "IP:127.0.0.1")
        options.login = (user: "me", password: "another")
        let server = try AuthenticatingSMTPServer.start(options)
        defer { server.stop() }
        let untrusted = ["SIGNUPD_SMTP_URL": "smtp://me:\(Self.encoded)@127.0.0.1:\(server.port)"]
        let refused = untrusted.merging(["SIGNUPD_TLS_CA_FILE": authority.caFile]) { $1 }
        let unreachable = ["SIGNUPD_SMTP_URL": "smtp://me:\(Self.encoded)@127.0.0.1:1"]
        for settings in [untrusted, refused, unreachable] {
            let said = try await everything(settings)
            #expect(!said.contains("hunter2"), "\(said)")
            // As AUTH PLAIN and LOGIN would say it.
            for text in ["\0me\0hunter2secret!", "hunter2secret!"] {
                #expect(!said.contains(Data(text.utf8).base64EncodedString()))
            }
        }
        #expect(try server.messages().isEmpty)
    }
}
