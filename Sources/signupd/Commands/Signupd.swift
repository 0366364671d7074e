// signupd: takes people in. Signup, a code by mail, verify; over a Unix socket or standard input and output.

import ArgumentParser

@main
struct Signupd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signupd",
        abstract: "Takes people in: signup, a code by mail, verify.",
        discussion: """
            Speaks JSON-RPC 2.0, one message a line. Settings are environment variables named SIGNUPD_…; with none set it \
            keeps members in one SQLite file and writes mail to a Maildir, both in its state directory.
            """,
        version: ProgramVersion.program,
        subcommands: [
            ServeCommand.self, PipeCommand.self, CallCommand.self, CheckCommand.self, OutboxCommand.self,
            MailCommand.self, StatsCommand.self, MarkCommand.self, MigrateCommand.self, DiscoverCommand.self,
        ]
    )
}

/// The options every command that needs settings takes.
struct SettingsOptions: ParsableArguments {
    @Option(help: "A file of NAME=VALUE lines; the environment comes before it.", completion: .file())
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting for this run, before the environment. May be repeated.", valueName: "NAME=VALUE")
    )
    var set: [String] = []

    @Option(help: ArgumentHelp("How log lines on standard error read. Default: text.", valueName: "text|json"))
    var logFormat: String?

    /// All of these as `NAME=VALUE`.
    var flags: [String] {
        self.set + (logFormat.map { ["\(Setting.logFormat.rawValue)=\($0)"] } ?? [])
    }
}
