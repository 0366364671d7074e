// Secrets in files: read whole, bounded, and with a warning where others can read them too.

import Foundation
import Glibc
import SystemPackage

extension SettingsReader {
    /// A file given by `NAME_FILE` is a secret of a line or two.
    private static let secretFileByteLimit = 16_384

    /// The text of a secret's file, without white space around it; `nil` after noting what is wrong with the file.
    mutating func secretFile(_ path: String, namedBy variable: String) -> String? {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.contents(of: path, limit: Self.secretFileByteLimit)
        } catch .fileTooLarge {
            refuse(variable, "names a file of more than \(Self.secretFileByteLimit) bytes, \(path)")
            return nil
        } catch {
            refuse(variable, "cannot read the file it names, \(path): \(error)")
            return nil
        }
        // Orchestrators mount secrets like this, so it is a warning only.
        if Self.isReadableByOthers(path) { warnOfReaders(path, variable) }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty {
            refuse(variable, "names an empty file, \(path)")
            return nil
        }
        return text
    }

    /// A file of settings is nobody's concern until one of them is a secret.
    mutating func warnOfReadableSecrets(in path: String, _ source: SettingSource) {
        guard Self.isReadableByOthers(path) else { return }
        for setting in Setting.allCases where setting.isSecret && source.text(of: setting) != nil {
            warnOfReaders(path, setting.rawValue)
        }
    }

    private mutating func warnOfReaders(_ path: String, _ variable: String) {
        warn("\(variable): \(path) can be read by every user of this machine; run: chmod o-r \(path)")
    }

    private static func isReadableByOthers(_ path: String) -> Bool {
        // The file behind a link: a link's own mode is always wide open.
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }
}
