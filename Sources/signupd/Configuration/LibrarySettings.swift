// The client libraries that settings call for. They are opened here first: an embedded start needs neither.

import Mail
import MariaDBStore

extension SettingsReader {
    /// Refuses a database or a mail server whose client library is not on this machine. For every command, as with all other
    /// mistakes: the settings are those of one service.
    mutating func checkLibraries(for database: DatabaseSettings?, _ mail: MailSettings?) {
        if case .mariadb = database, let problem = MariaDBStore.libraryProblem { refuse(.databaseURL, problem) }
        if case .smtp = mail, let problem = SMTPTransport.libraryProblem { refuse(.smtpURL, problem) }
    }
}
