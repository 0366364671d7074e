// signupd check on the embedded default: it looks, makes nothing, and tells where each setting came from.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd check")
struct CheckTests {
    let directory: URL
    let state: URL

    init() throws {
        directory = try makeTemporaryDirectory("check")
        state = directory.appendingPathComponent("state")
    }

    private func program(_ settings: [String: String] = [:]) -> Program {
        Program(stateDirectory: state, settings: settings)
    }

    /// The embedded default after its first run.
    private func usedProgram(_ settings: [String: String] = [:]) throws -> Program {
        let program = program(settings)
        #expect(try program.pipe([request(1, "signup", signupParams("a@example.org", nickname: "Anna"))]).status == 0)
        return program
    }

    private func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test("finds nothing to mend before the first start, and makes nothing")
    func untouched() throws {
        let check = try CheckRun(program(), ["--strict"])
        // Cheap hashes are a warning of the settings, and the tests set them.
        #expect(check.complaints.keys.sorted() == ["Configuration/warning"])
        #expect(check.status == 1)
        #expect(try CheckRun(program()).status == 0)
        #expect(!FileManager.default.fileExists(atPath: state.path))
    }

    @Test("is green on the embedded default in use, beside a running server")
    func embedded() async throws {
        let program = try usedProgram()
        let server = try await RunningServer(program, directory: directory)
        let check = try CheckRun(program, ["--socket", server.socketPath])
        #expect(check.complaints.keys.sorted() == ["Configuration/warning"], "\(check.complaints)")
        #expect(check.findings["Socket/server"]?.value == "answers")
        #expect(check.findings["Socket/mode"]?.value.hasSuffix("mode 0660") == true)
        #expect(check.findings["SQLite/schema"]?.grade == "green")
        #expect(check.findings["Templates/languages"]?.value == "en, ko, all complete")
        try setMode(0o666, server.socketPath)
        let open = try CheckRun(program, ["--socket", server.socketPath])
        #expect(open.findings["Socket/mode"]?.grade == "yellow")
        #expect(open.findings["Socket/mode"]?.remedy?.contains("chmod 660") == true)
        #expect(server.stop() == 0)
    }

    @Test("says from where each setting comes, and shows no secret")
    func origins() throws {
        let file = directory.appendingPathComponent("signupd.conf")
        try Data("SIGNUPD_CODE_TRIES=7\nSIGNUPD_SMTP_URL=smtp://me:hunter2secret@127.0.0.1:1?tls=off\n".utf8).write(
            to: file
        )
        let key = directory.appendingPathComponent("key")
        try Data(String(repeating: "ab", count: 32).utf8).write(to: key)
        try setMode(0o644, key.path)
        let program = program([
            "SIGNUPD_REDIS_URL": "redis://:hunter2secret@127.0.0.1:1/3", "SIGNUPD_SECRET_FILE": key.path,
            "SIGNUPD_CODE_TTL": "60",
        ])
        let check = try CheckRun(program, ["--config", file.path, "--set", "resend-per-day=9"])
        #expect(check.settings["SIGNUPD_CODE_TRIES"] ?? ("", "") == ("7", file.path))
        #expect(check.settings["SIGNUPD_SMTP_URL"] ?? ("", "") == ("smtp://me:***@127.0.0.1:1?tls=off", file.path))
        #expect(check.settings["SIGNUPD_REDIS_URL"] ?? ("", "") == ("redis://:***@127.0.0.1:1/3", "environment"))
        #expect(check.settings["SIGNUPD_RESEND_PER_DAY"] ?? ("", "") == ("9", "flag"))
        #expect(check.settings["SIGNUPD_SECRET"] ?? ("", "") == ("(hidden)", key.path))
        #expect(check.settings["SIGNUPD_MAIL_LOCALE"] ?? ("", "") == ("en", "default"))
        #expect(check.output.contains("SIGNUPD_CODE_TTL is no setting"))
        #expect(check.output.contains("can be read by every user of this machine"))
        for secret in ["hunter2secret", String(repeating: "ab", count: 32)] { #expect(!check.output.contains(secret)) }
        // Nobody is there: red, and the exit status says so.
        #expect(check.findings["Redis/connection"]?.grade == "red")
        #expect(check.findings["Mail/connection"]?.grade == "red")
        #expect(check.status == 1)
    }

    @Test("lists what is wrong with the settings, with exit status 78, and asks nobody")
    func mistakes() throws {
        let check = try CheckRun(
            program(["SIGNUPD_SMTP_URL": "gopher://me:hunter2secret@mail", "SIGNUPD_CODE_TRIES": "many"])
        )
        #expect(check.status == 78)
        #expect(check.grade == "red")
        #expect(check.findings["Configuration/SIGNUPD_SMTP_URL"]?.grade == "red")
        #expect(check.findings["Configuration/SIGNUPD_CODE_TRIES"]?.value.contains("whole number") == true)
        #expect(check.settings["SIGNUPD_SMTP_URL"]?.value == "(hidden, and not understood)")
        #expect(!check.output.contains("hunter2secret"))
        #expect(!check.findings.keys.contains { $0.hasPrefix("SQLite") })
    }

    @Test("sees a database that others can read, one of a newer program, and one that is none")
    func database() throws {
        let program = try usedProgram()
        let file = state.appendingPathComponent("signupd.sqlite").path
        try setMode(0o644, file)
        let open = try CheckRun(program)
        #expect(open.findings["SQLite/file"]?.grade == "red")
        #expect(open.findings["SQLite/file"]?.remedy?.hasPrefix("chmod 600") == true)
        #expect(open.status == 1)
        try setMode(0o600, file)
        let script =
            "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('PRAGMA user_version=99'); d.commit()"
        try Command.run("/usr/bin/python3", ["-c", script, file])
        #expect(try CheckRun(program).findings["SQLite/schema"]?.remedy == "install a newer signupd")
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }  // Maybe none.
        try Data("no database, but long enough to have a header of its own".utf8).write(to: URL(fileURLWithPath: file))
        let content = try CheckRun(program).findings["SQLite/content"]?.value
        #expect(content == "the file is not a SQLite database")
    }

    @Test("sees mail, state and secrets that others can read")
    func privacy() throws {
        let program = try usedProgram()
        try setMode(0o755, state.path)
        #expect(try CheckRun(program).findings["Secrets/state directory"]?.grade == "yellow")
        let mails = state.appendingPathComponent("Maildir/new").path
        try setMode(0o755, mails)
        let open = try CheckRun(program)
        #expect(open.findings["Configuration/SIGNUPD_SMTP_URL"]?.value.contains("open to others") == true)
        #expect(open.status == 78)
        try setMode(0o644, state.appendingPathComponent("secret").path)
        let exposed = try CheckRun(program)
        #expect(exposed.findings["Configuration/SIGNUPD_SECRET"]?.value.contains("chmod 600") == true)
        #expect(exposed.status == 78)
    }

    @Test("sees a socket's path that cannot be used")
    func socketPath() throws {
        let file = directory.appendingPathComponent("file")
        try Data().write(to: file)
        #expect(try CheckRun(program(), ["--socket", file.path]).findings["Socket/path"]?.grade == "red")
        let long = "/tmp/" + String(repeating: "x", count: 120)
        #expect(try CheckRun(program(), ["--socket", long]).findings["Socket/path"]?.grade == "red")
        #expect(try CheckRun(program()).findings["Socket/path"]?.value.hasSuffix("not served now") == true)
    }

    @Test("is coloured on a terminal only, and not for those who say NO_COLOR")
    func colours() throws {
        let plain = try program().run(["check"]).output
        #expect(plain.contains("\nSQLite\n  ok "))
        #expect(plain.contains("1 piece of advice."))
        #expect(!plain.contains("\u{1B}"))
        #expect(try onTerminal([:]).contains("\u{1B}[33madvice"))
        #expect(try !onTerminal(["NO_COLOR": "1"]).contains("\u{1B}"))
    }

    /// What the command writes when its standard output is a terminal.
    private func onTerminal(_ settings: [String: String]) throws -> String {
        let words = program(settings).environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let command = "env -i TERM=xterm \(words.joined(separator: " ")) \(try Program.path) check"
        return String(decoding: try Command.run("script", ["-qec", command, "/dev/null"]), as: UTF8.self)
    }
}
