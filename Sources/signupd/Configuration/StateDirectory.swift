// The one directory signupd writes to on its own account: the SQLite file, the Maildir and the generated secret.

import Cryptography
import Foundation
import SystemPackage

/// A directory of mode 0700, made when first needed.
struct StateDirectory: Sendable {
    let path: String

    /// The setting, or `$STATE_DIRECTORY`, `$XDG_STATE_HOME/signupd`, `~/.local/state/signupd`.
    init(_ setting: String?, environment: [String: String]) {
        func directory(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if var setting {
            // A slash at the end would make a parent of the directory itself.
            while setting.count > 1, setting.hasSuffix("/") { setting.removeLast() }
            path = setting
        } else if let systemd = directory("STATE_DIRECTORY") {
            // systemd lists several with colons; ours is the first.
            path = systemd.split(separator: ":").first.map(String.init) ?? systemd
        } else if let home = directory("XDG_STATE_HOME") {
            path = home + "/signupd"
        } else {
            // Foundation asks the list of users first, and a program that was given another HOME is meant to live there.
            path = (directory("HOME") ?? NSHomeDirectory()) + "/.local/state/signupd"
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

    /// Whether a path names something right in it.
    func holds(_ path: String) -> Bool {
        Place(path: path).parent.path == Place(path: file("x")).parent.path
    }

    /// Makes the directory, with its parents, if it is not there. It is private from its first moment.
    func make() throws(Errno) {
        try Self.make(path, mode: 0o700)
    }

    private static func make(_ path: String, mode: mode_t) throws(Errno) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Errno(rawValue: errno)
        }
        try make(String(path[..<slash]), mode: 0o777)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }

    /// The secret in this directory, made by the first process that asks.
    func generatedSecret() throws -> String {
        try make()
        let secret = file("secret")
        let draft = file("secret.\(getpid())")
        if !FileManager.default.fileExists(atPath: secret) {
            // What a process of this number once left is not ours to trust.
            unlink(draft)
            // For nobody else from its first moment: Foundation would narrow it down afterwards.
            let descriptor = try FileDescriptor.open(
                draft,
                .writeOnly,
                options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: [.ownerRead, .ownerWrite]
            )
            try descriptor.closeAfter {
                try descriptor.writeAll((Hexadecimal.encode(SecureRandom().bytes(count: 32)) + "\n").utf8)
                guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            // link(2) refuses an existing name: of two processes that start at once, one secret wins and both read it.
            let status = link(draft, secret)
            let reason = errno
            unlink(draft)
            guard status == 0 || reason == EEXIST else { throw Errno(rawValue: reason) }
        }
        // By hand: Foundation's trimming makes types that nothing else of a start needs, and each takes its time.
        var status = stat()
        guard stat(secret, &status) == 0 else { throw Errno(rawValue: errno) }
        if status.st_mode & 0o077 != 0 { throw ReadableByOthers() }
        var text = String(decoding: try FileDescriptor.contents(of: secret, limit: 4096), as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// The secret we made is ours alone: somebody opened it up.
    struct ReadableByOthers: Error {}
}
