// signupd check on real servers: green when they are set up well, and each thing it complains of, provoked.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd check with servers")
struct CheckServersTests {
    let directory: URL
    let redis: PrivateRedis
    let authority: TestAuthority

    init() throws {
        directory = try makeTemporaryDirectory("check")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory.path)
        redis = try PrivateRedis.start(appendOnly: true, password: "hunter2secret")
        authority = try TestAuthority()
    }

    /// Argon2 as it should be, so that nothing at all is left to complain of.
    private func program(_ settings: [String: String], mariadb: PrivateMariaDB, database: String) -> Program {
        let login = "\(mariadb.user):\(mariadb.password)"
        let standard = [
            "SIGNUPD_DATABASE_URL": "mariadb://\(login)@localhost/\(database)?socket=\(mariadb.socketPath)",
            "SIGNUPD_REDIS_URL": "redis+unix://:hunter2secret@\(redis.socketPath)?db=0",
            "SIGNUPD_SMTP_URL": "maildir:\(directory.path)/Maildir",
            "SIGNUPD_MAIL_FROM": "Desk <desk@example.com>",
            "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
            "SIGNUPD_PASSWORD_MEMORY_KIB": "19456", "SIGNUPD_PASSWORD_ITERATIONS": "2",
            "SIGNUPD_TLS_CA_FILE": authority.caFile,
        ]
        return Program(stateDirectory: directory, settings: standard.merging(settings) { $1 })
    }

    /// Embedded but for the mail server.
    private func program(smtp: String, from: String = "Desk <desk@example.com>") -> Program {
        let settings = [
            "SIGNUPD_SMTP_URL": smtp, "SIGNUPD_MAIL_FROM": from, "SIGNUPD_TLS_CA_FILE": authority.caFile,
        ]
        return Program(stateDirectory: directory, settings: settings)
    }

    private func mailServer(_ certificate: TestCertificate?, login: Bool = false) throws -> AuthenticatingSMTPServer {
        var options = AuthenticatingSMTPServer.Options()
        options.certificate = certificate
        if login { options.login = ("desk", "hunter2secret") }
        return try AuthenticatingSMTPServer.start(options)
    }

    @Test(
        "is green in everything on servers that are set up well; the mail server is asked up to MAIL FROM, and gets no mail"
    )
    func allGreen() throws {
        let mariadb = try PrivateMariaDB.shared.get()
        let server = try mailServer(authority.issue(for: "DNS:localhost", days: 60), login: true)
        let program = program(
            ["SIGNUPD_SMTP_URL": "smtp://desk:hunter2secret@localhost:\(server.port)"],
            mariadb: mariadb,
            database: try mariadb.makeDatabase()
        )
        #expect(try CheckRun(program).findings["MariaDB/schema"]?.remedy == "run: signupd migrate")
        #expect(try program.run(["migrate"]).status == 0)
        let check = try CheckRun(program, ["--strict"])
        #expect(check.complaints.isEmpty, "\(check.complaints)")
        #expect(check.status == 0)
        #expect(check.grade == "green")
        let sections = Set(check.findings.keys.map { String($0.prefix { $0 != "/" }) })
        #expect(sections == ["Configuration", "MariaDB", "Redis", "Mail", "Templates", "Secrets", "Socket"])
        #expect(check.findings["Mail/encryption"]?.value.hasPrefix("TLSv1.") == true)
        #expect(check.findings["Mail/certificate"]?.value.contains("Test server") == true)
        #expect(check.findings["Mail/login"]?.value == "as desk")
        for secret in ["hunter2secret", mariadb.password, "5a5a"] { #expect(!check.output.contains(secret)) }
        #expect(try server.messages().isEmpty)
        try server.waitUntilClosed(2)
        let said = String(decoding: try server.bytes().map(\.data).reduce(Data(), +), as: UTF8.self)
        #expect(said.contains("MAIL FROM:<desk@example.com>\r\nRSET\r\nQUIT\r\n"), "\(said)")
        #expect(!said.contains("RCPT"))
    }

    @Test("sees every setting of MariaDB on which a promise hangs")
    func mariadb() throws {
        let server = try PrivateMariaDB.start(extraArguments: ["--log-bin=\(directory.path)/bin", "--server-id=1"])
        defer { server.stop() }
        let database = try server.makeDatabase()
        let program = program([:], mariadb: server, database: database)
        #expect(try program.run(["migrate"]).status == 0)
        func finding(_ subject: String, after sql: String) throws -> CheckRun.Finding? {
            _ = try server.run(sql)
            return try CheckRun(program).findings["MariaDB/\(subject)"]
        }
        #expect(try finding("sync_binlog", after: "SET GLOBAL sync_binlog = 0")?.grade == "yellow")
        #expect(try finding("sync_binlog", after: "SET GLOBAL sync_binlog = 1")?.grade == "green")
        let flush = "innodb_flush_log_at_trx_commit"
        #expect(try finding(flush, after: "SET GLOBAL \(flush) = 2")?.grade == "yellow")
        #expect(try finding(flush, after: "SET GLOBAL \(flush) = 0")?.grade == "red")
        #expect(try finding(flush, after: "SET GLOBAL \(flush) = 1")?.grade == "green")
        #expect(try finding("access", after: "SET GLOBAL read_only = 1")?.grade == "red")
        #expect(try finding("access", after: "SET GLOBAL read_only = 0")?.grade == "green")
        for (seconds, grade) in [(-5, "yellow"), (3600, "red"), (0, "green")] {
            let sql = seconds == 0 ? "''" : "'SET timestamp = UNIX_TIMESTAMP() + \(seconds)'"
            #expect(try finding("clocks", after: "SET GLOBAL init_connect = \(sql)")?.grade == grade)
        }
        let versions = "\(database).signupd_schema"
        let newer = try finding("schema", after: "INSERT INTO \(versions) VALUES (99, UTC_TIMESTAMP())")
        #expect(newer?.remedy == "install a newer signupd")
        let older = try finding(
            "schema",
            after: "DELETE FROM \(versions) WHERE version > 0 ORDER BY version DESC LIMIT 2"
        )
        #expect(older?.grade == "red" && older?.remedy == "run: signupd migrate")
        _ = try server.run("ALTER USER '\(server.user)'@'localhost' IDENTIFIED BY 'another'")
        let refused = try CheckRun(program)
        #expect(refused.findings["MariaDB/connection"]?.remedy?.contains("password") == true)
        server.kill9()
        let away = try CheckRun(program)
        #expect(away.findings["MariaDB/connection"]?.remedy?.hasPrefix("start the server") == true)
        #expect(away.status == 1)
    }

    @Test("sees a Redis that forgets, evicts, refuses or is away")
    func redisServer() throws {
        func finding(_ subject: String, _ password: String = "hunter2secret") throws -> CheckRun.Finding? {
            let settings = ["SIGNUPD_REDIS_URL": "redis+unix://:\(password)@\(redis.socketPath)?db=0"]
            return try CheckRun(Program(stateDirectory: directory, settings: settings)).findings["Redis/\(subject)"]
        }
        #expect(try finding("persistence")?.grade == "green")
        try redis.command("CONFIG", "SET", "appendonly", "no")
        #expect(try finding("persistence")?.grade == "yellow")
        #expect(try finding("maxmemory-policy")?.grade == "green")
        try redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        #expect(try finding("maxmemory-policy")?.grade == "yellow")
        try redis.command("CONFIG", "SET", "maxmemory", "50mb")
        #expect(try finding("maxmemory-policy")?.grade == "red")
        try redis.command("REPLICAOF", "127.0.0.1", "1")
        #expect(try finding("role")?.grade == "red")
        let refused = try finding("connection", "wrong")
        #expect(
            refused?.grade == "red" && refused?.remedy?.contains("password") == true,
            "\(String(describing: refused))"
        )
        redis.kill9()
        #expect(try finding("connection")?.remedy?.hasPrefix("start the server") == true)
    }

    @Test("sees a mail server whose certificate has expired, soon expires, or is another's")
    func certificates() throws {
        let expired = try mailServer(authority.issueExpired(for: "DNS:localhost"))
        let late = try CheckRun(program(smtp: "smtp://localhost:\(expired.port)"))
        #expect(late.findings["Mail/encryption"]?.grade == "red")
        #expect(late.findings["Mail/encryption"]?.value.contains("expired") == true, "\(late.findings)")
        let soon = try mailServer(authority.issue(for: "DNS:localhost", days: 3))
        let check = try CheckRun(program(smtp: "smtp://localhost:\(soon.port)"))
        #expect(check.findings["Mail/certificate"]?.grade == "yellow")
        #expect(check.status == 0)
        let other = try mailServer(authority.issue(for: "DNS:mail.example.org", days: 60))
        let wrong = try CheckRun(program(smtp: "smtp://localhost:\(other.port)"))
        #expect(wrong.findings["Mail/encryption"]?.grade == "red")
        #expect(wrong.status == 1)
    }

    @Test("sees a mail server that refuses our login or our sender, offers no TLS, or is away")
    func mailServers() throws {
        let server = try mailServer(authority.issue(for: "DNS:localhost", days: 60), login: true)
        let login = try CheckRun(program(smtp: "smtp://desk:wrong@localhost:\(server.port)"))
        #expect(login.findings["Mail/login"]?.grade == "red")
        #expect(login.findings["Mail/login"]?.remedy?.contains("password") == true)
        #expect(!login.output.contains("wrong@"))
        let plain = try mailServer(nil)
        let unencrypted = try CheckRun(program(smtp: "smtp://localhost:\(plain.port)"))
        #expect(unencrypted.findings["Mail/encryption"]?.grade == "red", "\(unencrypted.findings)")
        let sink = try SMTPSink.start(["-f", "MAIL"])
        let refused = try CheckRun(program(smtp: "smtp://127.0.0.1:\(sink.port)?tls=off"))
        #expect(refused.findings["Mail/sender"]?.grade == "red")
        #expect(refused.findings["Mail/sender"]?.value.hasPrefix("500 ") == true, "\(refused.findings)")
        let local = try CheckRun(program(smtp: "smtp://127.0.0.1:\(plain.port)?tls=off", from: "signupd@localhost"))
        #expect(local.findings["Mail/sender"]?.grade == "yellow")
        plain.stop()
        let away = try CheckRun(program(smtp: "smtp://127.0.0.1:\(plain.port)?tls=off"))
        #expect(away.findings["Mail/connection"]?.grade == "red")
        #expect(away.status == 1)
    }
}
