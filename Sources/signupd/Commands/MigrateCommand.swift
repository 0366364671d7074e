// signupd migrate: makes or upgrades the schema. Safe to run twice, and by two at once.

import ArgumentParser
import MariaDBStore
import SQLiteStore
import Signup

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Creates or upgrades the database's tables.",
        discussion: "SQLite migrates itself at every start; MariaDB only here."
    )

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        let settings = try loadSettings(settings)
        let logger = startLogging(settings)
        do throws(BackendFailure) {
            switch settings.database {
            case .mariadb(let configuration):
                let report = try MariaDBStore.migrate(configuration)
                print(
                    report.versionBefore == report.versionAfter
                        ? "the schema is current (version \(report.versionAfter))"
                        : "the schema went from version \(report.versionBefore) to \(report.versionAfter)"
                )
            case .sqlite(let path):
                try SQLiteStore(SQLiteConfiguration(path: path), logger: logger).shutDown()
                print("the schema is current")
            }
        } catch {
            throw refusal("signupd: \(error)\n", error.isRetryable ? .unavailable : .configuration)
        }
    }
}
