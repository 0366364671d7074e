// The files and directories that settings name: looked at before anything is opened, so that what is wrong with them is
// told with all the rest. Nothing is made here: `signupd migrate` may run as somebody else.

import Foundation
import Glibc
import Mail
import Signup

extension SettingsReader {
    /// Whom TLS trusts, for the database and for mail: a setting of its own, else the common one, else the system's.
    mutating func authorityFiles() -> (database: String?, smtp: String?) {
        let common = authorityFile(.tlsAuthorityFile)
        return (authorityFile(.databaseAuthorityFile) ?? common, authorityFile(.smtpAuthorityFile) ?? common)
    }

    private mutating func authorityFile(_ setting: Setting) -> String? {
        guard let path = text(setting) else { return nil }
        let place = Place(path: path)
        if !place.exists {
            refuse(setting, "names a file that does not exist, \(path)")
        } else if place.isDirectory || access(path, R_OK) != 0 {
            refuse(setting, "names a file that cannot be read, \(path)")
        }
        return path
    }

    /// Refuses places where the database file, the Maildir or the state directory could not be.
    mutating func checkPlaces(of database: DatabaseSettings?, _ mail: MailSettings?, _ state: StateDirectory) {
        if case .sqlite(let path) = database, path != state.file("signupd.sqlite") { checkDatabaseFile(path) }
        if case .maildir(let maildir) = mail {
            do throws(MailFailure) {
                try maildir.check()
            } catch {
                refuse(.smtpURL, error.reply)
            }
            if maildir.path != state.file("Maildir"), let problem = Place(path: maildir.path).problemAsDirectory {
                refuse(.smtpURL, problem)
            }
        }
        // Where a secret could not be kept, that was said.
        guard !mistakes.contains(where: { $0.variable == Setting.stateDirectory.rawValue }) else { return }
        if usesStateDirectory(database, mail, state), let problem = Place(path: state.path).problemAsDirectory {
            refuse(.stateDirectory, problem)
        }
    }

    /// Refuses a place where no server could make its socket.
    mutating func checkSocketPlace(_ path: String, _ state: StateDirectory) {
        if let problem = Place(path: path).problemAsSocket(state) { refuse(.socket, problem) }
    }

    private mutating func checkDatabaseFile(_ path: String) {
        let directory = Place(path: path).parent
        if Place(path: path).isDirectory {
            refuse(.databaseURL, "names a directory, \(path); write sqlite:/path/to/signupd.sqlite")
        } else if !directory.exists {
            refuse(.databaseURL, "names a file in a directory that does not exist; make \(directory.path)")
        } else if let problem = directory.problemAsDirectory {
            refuse(.databaseURL, problem)
        }
    }

    private func usesStateDirectory(
        _ database: DatabaseSettings?,
        _ mail: MailSettings?,
        _ state: StateDirectory
    ) -> Bool {
        if case .sqlite(let path) = database, path == state.file("signupd.sqlite") { return true }
        if case .maildir(let maildir) = mail, maildir.path == state.file("Maildir") { return true }
        return false
    }
}
