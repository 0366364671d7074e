// signupd check: whether the present settings would work, and what could be better. Looks at everything, changes nothing and
// sends nothing.

import ArgumentParser
import Foundation
import Mail
import MariaDBStore
import RedisStore
import SQLiteStore
import Signup
import Wire

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Looks at the settings and at everything they name, and says what to mend.",
        discussion: """
            Green is as it should be, yellow works and could be better, red breaks a promise or does not work. Exit status: 0 \
            without red, 1 with red (with --strict with yellow too), 78 if the settings themselves are refused. The mail \
            server is asked up to MAIL FROM; no mail is sent, no row written, no file made.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(help: "The server's socket. Default: SIGNUPD_SOCKET.", completion: .file())
    var socket: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Exit status 1 for advice too.")
    var strict = false

    func run() async throws {
        hardenProcess()
        let environment = ProcessInfo.processInfo.environment
        let flags = settings.flags + (socket.map { ["\(Setting.socket.rawValue)=\($0)"] } ?? [])
        var reader = SettingsReader(flags: flags, environment: environment, configFile: settings.config)
        reader.isLookingOnly = true
        let found = Settings.read(&reader)
        var sections = [CheckReport.Section.configuration(reader.mistakes, reader.warnings)]
        if let found, reader.mistakes.isEmpty {
            sections += Self.backends(found)
            sections += [
                .mails(found), .secrets(found, isGenerated: reader.origin(of: .secret) == .standard), .socket(found),
            ]
        }
        let report = CheckReport(settings: reader.shownSettings(), sections: sections)
        if json {
            print(String(decoding: report.json.encoded(), as: UTF8.self))
        } else {
            print(CheckScreen(report, hasColour: CheckScreen.wantsColour(environment)).text, terminator: "")
        }
        if !reader.mistakes.isEmpty { throw ExitCode(ExitStatus.configuration.rawValue) }
        if report.grade > (strict ? .good : .advice) { throw ExitCode(ExitStatus.errorReplies.rawValue) }
    }

    /// One after the other: each has its own bound, and together they take seconds at worst.
    private static func backends(_ settings: Settings) -> [CheckReport.Section] {
        var sections: [CheckReport.Section] = []
        switch settings.database {
        case .mariadb(let configuration):
            let findings = MariaDBStore.diagnose(configuration, clock: .system)
            sections.append(CheckReport.Section(title: "MariaDB", findings: findings))
        case .sqlite(let path):
            let findings = SQLiteStore.diagnose(SQLiteConfiguration(path: path))
            sections.append(CheckReport.Section(title: "SQLite", findings: findings))
        }
        if let redis = settings.redis {
            sections.append(CheckReport.Section(title: "Redis", findings: RedisStore.diagnose(redis)))
        }
        switch settings.mail {
        case .smtp(let configuration):
            let findings = SMTPTransport.diagnose(configuration, clock: .system)
            sections.append(CheckReport.Section(title: "Mail", findings: findings))
        case .maildir(let configuration):
            sections.append(CheckReport.Section(title: "Mail", findings: MaildirTransport.diagnose(configuration)))
        }
        return sections
    }
}
