// The one directory signupd writes to on its own account: the SQLite file, the Maildir and the generated secret.

import Cryptography
import Foundation

/// A directory of mode 0700, made when first needed.
struct StateDirectory: Sendable {
    let path: String

    /// The setting, or `$STATE_DIRECTORY`, `$XDG_STATE_HOME/signupd`, `~/.local/state/signupd`.
    init(_ setting: String?, environment: [String: String]) {
        func directory(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let setting {
            path = setting
        } else if let systemd = directory("STATE_DIRECTORY") {
            // systemd lists several with colons; ours is the first.
            path = systemd.split(separator: ":").first.map(String.init) ?? systemd
        } else if let home = directory("XDG_STATE_HOME") {
            path = home + "/signupd"
        } else {
            path = NSHomeDirectory() + "/.local/state/signupd"
        }
    }

    func file(_ name: String) -> String {
        path + "/" + name
    }

    /// `$RUNTIME_DIRECTORY/signupd.sock`, else in this directory.
    func socketPath(_ environment: [String: String]) -> String {
        if let runtime = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first {
            return runtime + "/signupd.sock"
        }
        return file("signupd.sock")
    }

    /// Makes the directory, with its parents, if it is not there. It is private from its first moment.
    func make() throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        if errno == ENOENT {
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        }
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }

    /// The secret in this directory, made by the first process that asks.
    func generatedSecret() throws -> String {
        try make()
        let secret = file("secret")
        let draft = file("secret.\(getpid())")
        if !FileManager.default.fileExists(atPath: secret) {
            let text = Hexadecimal.encode(SecureRandom().bytes(count: 32)) + "\n"
            let created = FileManager.default.createFile(
                atPath: draft,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
            guard created else { throw CocoaError(.fileWriteNoPermission) }
            // link(2) refuses an existing name: of two processes that start at once, one secret wins and both read it.
            let status = link(draft, secret)
            let reason = errno
            unlink(draft)
            guard status == 0 || reason == EEXIST else { throw POSIXError(POSIXErrorCode(rawValue: reason) ?? .EIO) }
        }
        // By hand: Foundation's attributes and its trimming make types that nothing else of a start needs, and each takes its time.
        var status = stat()
        guard stat(secret, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        if status.st_mode & 0o077 != 0 { throw ReadableByOthers() }
        var text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: secret)), as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// The secret we made is ours alone: somebody opened it up.
    struct ReadableByOthers: Error {}
}
