// A start with a wrong configuration: all mistakes at once, exit 78, no password shown.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("configuration")
struct ConfigurationTests {
    @Test("all mistakes of a start are listed at once, with their variables and without their passwords")
    func allAtOnce() throws {
        let program = Program(
            stateDirectory: try makeTemporaryDirectory("config"),
            settings: [
                "SIGNUPD_DATABASE_URL": "mariadb://signupd:hunter2secret@/",
                "SIGNUPD_REDIS_URL": "rediss://:hunter2secret@cache:6379/0",
                "SIGNUPD_SMTP_URL": "gopher://me:hunter2secret@mail",
                "SIGNUPD_SECRET": "hunter2secret",
                "SIGNUPD_MAIL_FROM": "nobody\nat all",
                "SIGNUPD_CODE_TRIES": "many",
                "SIGNUPD_LOG_LEVEL": "shout",
            ]
        )
        for command in [["pipe"], ["serve"], ["migrate"]] {
            let finished = try program.run(command)
            #expect(finished.status == 78)
            #expect(finished.output.isEmpty)
            for variable in program.environment.keys where variable.hasPrefix("SIGNUPD_") {
                let isWrong = !["SIGNUPD_STATE_DIR", "SIGNUPD_PASSWORD_MEMORY_KIB", "SIGNUPD_PASSWORD_ITERATIONS"]
                    .contains(variable)
                #expect(finished.errors.contains("\(variable): ") == isWrong, "\(variable)")
            }
            #expect(!finished.errors.contains("hunter2secret"))
        }
    }

    @Test("a client library that is not there is refused with the rest, where the settings call for it")
    func libraries() throws {
        let directory = try makeTemporaryDirectory("config")
        // The loader looks here first, and neither is a library.
        for name in ["libmariadb.so.3", "libcurl.so.4"] { try Data().write(to: directory.appendingPathComponent(name)) }
        let path = ["LD_LIBRARY_PATH": directory.path]
        let servers = [
            "SIGNUPD_DATABASE_URL": "mariadb://signupd@localhost/signupd",
            "SIGNUPD_REDIS_URL": "redis://localhost/0",
            "SIGNUPD_SMTP_URL": "smtp://localhost:25",
            "SIGNUPD_MAIL_FROM": "hello@example.org",
            "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
            "SIGNUPD_CODE_TRIES": "many",
        ]
        for command in [["pipe"], ["serve"], ["migrate"], ["check"]] {
            let program = Program(
                stateDirectory: directory.appendingPathComponent("state"),
                settings: servers.merging(path) { $1 }
            )
            let refused = try program.run(command)
            let words = refused.output + refused.errors
            #expect(refused.status == 78)
            #expect(words.contains(command == ["check"] ? "3 faults" : "3 mistakes"), "\(words)")
            #expect(words.contains("needs the client library of MariaDB (Debian: libmariadb3)"), "\(words)")
            #expect(words.contains("needs libcurl (Debian: libcurl4)"), "\(words)")
            #expect(words.contains("libcurl.so.4: file too short"), "\(words)")
        }
        let embedded = Program(stateDirectory: directory.appendingPathComponent("state"), settings: path)
        let served = try embedded.run(["pipe"], input: #"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n")
        #expect(served.status == 0 && served.output.contains(#""ok":true"#), "\(served.errors)")
    }

    @Test("files and directories that cannot be used are listed with the rest, and nothing is made")
    func places() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("file")
        try Data().write(to: file)
        let program = Program(
            stateDirectory: directory.appendingPathComponent("state"),
            settings: [
                "SIGNUPD_DATABASE_URL": "sqlite:\(directory.path)/nowhere/signupd.sqlite",
                "SIGNUPD_SMTP_URL": "maildir:\(file.path)/Maildir",
                "SIGNUPD_TLS_CA_FILE": "\(directory.path)/no-ca.pem",
                "SIGNUPD_DATABASE_CA_FILE": "\(directory.path)",
                "SIGNUPD_SMTP_CA_FILE": "\(directory.path)/no-other-ca.pem",
                "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
                "SIGNUPD_CODE_TRIES": "many",
            ]
        )
        let finished = try program.run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("6 mistakes"), "\(finished.errors)")
        for name in ["DATABASE_URL", "SMTP_URL", "TLS_CA_FILE", "DATABASE_CA_FILE", "SMTP_CA_FILE", "CODE_TRIES"] {
            #expect(finished.errors.contains("SIGNUPD_\(name): "), "\(name)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["file"])
    }

    @Test("a state directory that can be none, and a Maildir that others can read, are refused at once")
    func stateAndMaildir() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("file")
        try Data().write(to: file)
        let open = directory.appendingPathComponent("open/new")
        try FileManager.default.createDirectory(
            at: open,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        let settings = [
            "SIGNUPD_SMTP_URL": "maildir:\(directory.path)/open", "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
        ]
        let program = Program(stateDirectory: file.appendingPathComponent("state"), settings: settings)
        let finished = try program.run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("2 mistakes"), "\(finished.errors)")
        #expect(finished.errors.contains("SIGNUPD_STATE_DIR: ") && finished.errors.contains("SIGNUPD_SMTP_URL: "))
    }

    @Test("whatever else is wrong, and a misspelt name that may be its reason, is listed beside it")
    func together() throws {
        let directory = try makeTemporaryDirectory("config")
        let program = Program(
            stateDirectory: directory.appendingPathComponent("state"),
            settings: [
                "SIGNUPD_MAIL_FROM": "foo bar", "SIGNUPD_SMTP_URL": "smtp://u:hunter2secret@mail?tls=off",
                "SIGNUPD_DATABASE_URL": "sqlite:\(directory.path)/a?socket=/b", "SIGNUPD_REDIS_URI": "redis://cache",
            ]
        )
        let finished = try program.run(["serve", "--socket", directory.path + "/nowhere/s.sock"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("4 mistakes"), "\(finished.errors)")
        for name in ["MAIL_FROM", "SMTP_URL", "DATABASE_URL", "SOCKET", "REDIS_URI"] {
            #expect(finished.errors.contains("SIGNUPD_\(name)"), "\(name)")
        }
        #expect(finished.errors.contains("make \(directory.path)/nowhere"))
    }

    @Test("a path where no server could make its socket refuses the server, and nobody who makes none")
    func socketPlace() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("file")
        try Data().write(to: file)
        let program = Program(stateDirectory: directory.appendingPathComponent("state"))
        let reasons = [
            file.path: "is there and is no socket", file.path + "/s.sock": "needs a directory, and",
            directory.path + "/" + String(repeating: "long", count: 30): "107 bytes",
        ]
        for (path, reason) in reasons {
            let refused = try program.run(["serve", "--socket", path])
            #expect(refused.status == 78 && refused.errors.contains("SIGNUPD_SOCKET: "), "\(refused.errors)")
            #expect(refused.errors.contains(reason), "\(refused.errors)")
            #expect(try CheckRun(program, ["--socket", path]).findings["Socket/path"]?.grade == "red")
            #expect(try program.pipe([request(1, "service.ping")], ["--set", "SOCKET=\(path)"]).status == 0)
        }
    }

    @Test("a Maildir's directories are made, and all of them for nobody else")
    func deepMaildir() throws {
        let directory = try makeTemporaryDirectory("config")
        let settings = ["SIGNUPD_SMTP_URL": "maildir:\(directory.path)/a/b/Maildir"]
        let program = Program(stateDirectory: directory.appendingPathComponent("state"), settings: settings)
        #expect(try program.pipe([request(1, "signup", signupParams("a@example.org", nickname: "Anna"))]).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/a/b/Maildir/new").count == 1)
        let mode = try FileManager.default.attributesOfItem(atPath: directory.path + "/a")[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test("a state directory that is a file is called that")
    func stateIsFile() throws {
        let file = try makeTemporaryDirectory("config").appendingPathComponent("file")
        try Data().write(to: file)
        let finished = try Program(stateDirectory: file).run(["pipe"])
        #expect(finished.status == 78)
        #expect(finished.errors.contains("SIGNUPD_STATE_DIR: needs a directory, and \(file.path) is none"))
    }

    @Test("the state directory of a program with another HOME lies there, and the secret in it is its owner's")
    func home() throws {
        let directory = try makeTemporaryDirectory("config")
        let program = Program(environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path])
        #expect(try program.pipe([request(1, "service.ping")]).status == 0)
        let secret = directory.path + "/.local/state/signupd/secret"
        #expect(try FileManager.default.attributesOfItem(atPath: secret)[.posixPermissions] as? Int == 0o600)
    }

    @Test("a state directory with its parent is made for its owner, with a slash at its end too, and holds any socket")
    func deepState() async throws {
        let directory = try makeTemporaryDirectory("config")
        let settings = [
            "SIGNUPD_STATE_DIR": directory.path + "/a/state/", "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
        ]
        let program = Program(stateDirectory: directory, settings: settings)
        let server = try await RunningServer(
            program,
            directory: directory.appendingPathComponent("a/state"),
            logDirectory: directory
        )
        #expect(server.stop() == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/a/state")
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test("a start whose standard error takes nothing still tells by its exit status")
    func noErrors() throws {
        let process = try Program(
            stateDirectory: try makeTemporaryDirectory("config"),
            settings: ["SIGNUPD_CODE_TRIES": "many"]
        ).process(["pipe"])
        process.standardError = FileHandle(forWritingAtPath: "/dev/full")
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 78)
    }

    @Test("an empty value is none: what stands below it counts")
    func emptyValue() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("signupd.conf")
        try "SIGNUPD_CODE_TRIES=7\nSIGNUPD_RESEND_PER_DAY=\n".write(to: file, atomically: true, encoding: .utf8)
        let program = Program(stateDirectory: directory, settings: ["SIGNUPD_CODE_TRIES": ""])
        let reply = try program.pipe([request(1, "service.info")], ["--config", file.path]).replies.first
        let policy = try #require(reply?.result?["policy"] as? [String: any Sendable])
        #expect(policy["code_tries"] as? Int == 7)
        #expect(policy["resend_per_day"] as? Int == 10)
    }

    @Test("with a mariadb: database nothing else is a silent default")
    func nothingSilent() throws {
        let settings = ["SIGNUPD_DATABASE_URL": "mariadb://signupd:x@localhost/signupd?socket=/nowhere"]
        let finished = try Program(stateDirectory: try makeTemporaryDirectory("config"), settings: settings).run([
            "pipe"
        ])
        #expect(finished.status == 78)
        for variable in ["SIGNUPD_REDIS_URL", "SIGNUPD_SMTP_URL", "SIGNUPD_SECRET"] {
            #expect(finished.errors.contains("\(variable): is required"))
        }
    }

    @Test("flags come before the environment, the environment before the file, the file before the defaults")
    func precedence() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("signupd.conf")
        try "SIGNUPD_CODE_TRIES=7\nSIGNUPD_RESEND_PER_HOUR=7\nSIGNUPD_RESEND_PER_DAY=7\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let settings = ["SIGNUPD_CODE_TRIES": "8", "SIGNUPD_RESEND_PER_HOUR": "8"]
        let program = Program(stateDirectory: directory, settings: settings)
        let arguments = ["--config", file.path, "--set", "code-tries=9"]
        let reply = try program.pipe([request(1, "service.info")], arguments).replies.first
        let policy = try #require(reply?.result?["policy"] as? [String: any Sendable])
        #expect(policy["code_tries"] as? Int == 9)
        #expect(policy["resend_per_hour"] as? Int == 8)
        #expect(policy["resend_per_day"] as? Int == 7)
        #expect(policy["password_min_length"] as? Int == 8)
    }

    @Test("a secret is never a flag, and can come from a file")
    func secrets() throws {
        let directory = try makeTemporaryDirectory("config")
        let flag = try Program(stateDirectory: try makeTemporaryDirectory("config")).run([
            "pipe", "--set", "SECRET=hunter2secret",
        ])
        #expect(flag.status == 78 && !flag.errors.contains("hunter2secret"))
        let file = directory.appendingPathComponent("key")
        try String(repeating: "ab", count: 32).write(to: file, atomically: true, encoding: .utf8)
        let settings = ["SIGNUPD_SECRET_FILE": file.path]
        let finished = try Program(stateDirectory: directory, settings: settings).pipe([request(1, "service.ping")])
        #expect(finished.status == 0)
        #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("secret").path))
    }

    @Test("a variable that is no setting is a warning")
    func unknownVariable() throws {
        let settings = ["SIGNUPD_CODE_TTL": "60"]
        let finished = try Program(stateDirectory: try makeTemporaryDirectory("config"), settings: settings)
            .pipe([request(1, "service.ping")])
        #expect(finished.status == 0)
        #expect(finished.errors.contains("SIGNUPD_CODE_TTL is no setting"))
    }

    @Test("a name in the file that is no setting is a warning, and no value is shown")
    func unknownName() throws {
        let directory = try makeTemporaryDirectory("config")
        let file = directory.appendingPathComponent("signupd.conf")
        try "# ours\n\nSIGNUPD_CODE_TRIES=7\nSINGUPD_SECRET=hunter2secret\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let finished = try Program(stateDirectory: directory)
            .pipe([request(1, "service.ping")], ["--config", file.path])
        #expect(finished.status == 0)
        #expect(finished.errors.contains("SINGUPD_SECRET in \(file.path) is no setting"))
        #expect(!finished.errors.contains("SIGNUPD_CODE_TRIES") && !finished.errors.contains("hunter2secret"))
    }
}
