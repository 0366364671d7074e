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
}
