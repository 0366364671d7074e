// A machine as the pages of docs/ describe it, below a directory: its settings and secrets, its servers' sockets, its systemctl.

import Foundation
import TestProgram
import TestServers

/// The commands of a page run here as they stand, but for the directory in front of their paths.
final class OperatorsMachine {
    let root: URL
    let redis: PrivateRedis
    private(set) var sink: SMTPSink
    private let mariadb: PrivateMariaDB
    private var blocksRun: [String: Set<String>] = [:]

    /// One MariaDB for all machines: each drops what the one before it had.
    private static let sharedMariaDB = Result { try PrivateMariaDB.start(isDurable: false) }

    /// What the unit does: the same command with the same directories and credentials. It ends by itself if a test forgets it.
    private static let systemctl = #"""
        #!/bin/sh
        set -eu
        case "$1" in
        stop | restart)
            start-stop-daemon --stop --quiet --oknodo --pidfile "$ROOT/pid" --remove-pidfile --retry TERM/15
            ;;
        esac
        case "$1" in
        start | restart)
            STATE_DIRECTORY="$ROOT/var/lib/signupd" CREDENTIALS_DIRECTORY="$ROOT/etc/credstore" \
                start-stop-daemon --start --background --pidfile "$ROOT/pid" --make-pidfile --output "$ROOT/journal" \
                --startas /usr/bin/timeout -- 300 signupd serve --config "$ROOT/etc/signupd/signupd.conf"
            # Type=notify: it is started when it serves.
            for _ in $(seq 100); do
                if signupd call --socket "$ROOT/run/signupd/signupd.sock" service.ping >/dev/null 2>&1; then exit 0; fi
                sleep 0.05
            done
            cat "$ROOT/journal" >&2
            exit 1
            ;;
        esac
        """#

    /// A machine with the package installed: embedded, and not started.
    init() throws {
        root = try makeTemporaryDirectory("ops")
        mariadb = try Self.sharedMariaDB.get()
        redis = try PrivateRedis.start()
        sink = try SMTPSink.start()
        let directories = [
            "bin", "etc/signupd", "run/signupd", "run/mysqld", "var/lib/signupd", "var/backups",
        ]
        for name in directories {
            try FileManager.default.createDirectory(at: root.appending(path: name), withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(
            atPath: path("/run/mysqld/mysqld.sock"),
            withDestinationPath: mariadb.socketPath
        )
        try write(Self.systemctl, to: "/bin/systemctl", mode: 0o755)
        // Root's own way into the database, as Debian's socket authentication is.
        try write("[client]\nuser=root\nsocket=\(mariadb.socketPath)\n", to: "/.my.cnf", mode: 0o600)
        let settings = OperatorPage.folder.deletingLastPathComponent().appending(path: "packaging/signupd.conf")
        let text = try String(contentsOf: settings, encoding: .utf8)
        let quick = Program.quickHash.map { "\($0.key)=\($0.value)\n" }.joined()
        try write(localized(text) + quick, to: "/etc/signupd/signupd.conf", mode: 0o640)
    }

    /// One that followed deploy.md to its end.
    static func deployed() throws -> OperatorsMachine {
        let machine = try OperatorsMachine()
        for leftover in ["DROP DATABASE IF EXISTS signupd", "DROP USER IF EXISTS signupd@localhost"] {
            _ = try machine.mariadb.run(leftover)
        }
        let page = try OperatorPage("deploy.md")
        for block in ["database", "redis", "secrets", "settings"] { try machine.run(block, of: page) }
        let health = try machine.run("start", of: page)
        guard health.contains(#""ok":true"#) else { throw ServerFailure("not healthy: \(health)") }
        return machine
    }

    deinit {
        // It may be stopped already, and the directory is under /tmp.
        _ = try? shell("systemctl stop signupd")
        try? FileManager.default.removeItem(at: root)
    }

    func path(_ absolute: String) -> String { root.path + absolute }

    func write(_ text: String, to absolute: String, mode: Int) throws {
        try Data(text.utf8).write(to: URL(filePath: path(absolute)))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(absolute))
    }

    /// Runs a block of a page, with `replacing` for what a reader would put in. Returns what it printed.
    @discardableResult
    func run(_ block: String, of page: OperatorPage, replacing: [String: String] = [:]) throws -> String {
        guard var code = page.blocks[block] else { throw ServerFailure("\(page.name) has no block '\(block)'") }
        for (written, actual) in replacing {
            guard code.contains(written) else { throw ServerFailure("\(page.name), '\(block)': no \(written)") }
            code = code.replacing(written, with: actual)
        }
        blocksRun[page.name, default: []].insert(block)
        return try shell(code)
    }

    /// The blocks of a page that have not been run on this machine.
    func blocksLeft(of page: OperatorPage) -> Set<String> {
        Set(page.blocks.keys).subtracting(blocksRun[page.name] ?? [])
    }

    /// Runs commands as root of this machine. Returns standard output.
    func shell(_ commands: String) throws -> String {
        let programs = URL(filePath: try Program.path).deletingLastPathComponent().path
        let environment = [
            "ROOT=\(root.path)", "HOME=\(root.path)",
            "PATH=\(path("/bin")):\(programs):/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        let arguments = ["-i"] + environment + ["timeout", "60", "sh", "-euc", localized(commands)]
        return String(decoding: try Command.run("env", arguments), as: UTF8.self)
    }

    /// A request to the service.
    func call(_ method: String, _ parameters: String...) throws -> String {
        let words = parameters.map { "'\($0)'" }.joined(separator: " ")
        return try shell("signupd call --socket /run/signupd/signupd.sock \(method) \(words)")
    }

    /// The mail server is gone, and one with these options has its address.
    func replaceSink(_ options: [String] = []) throws {
        sink.stop()
        sink = try SMTPSink.start(options, port: sink.port)
    }

    /// Waits for a code mailed to an address, other than those that are known already.
    func code(to address: String, besides known: Set<String> = []) async throws -> String {
        let end = Date().addingTimeInterval(20)
        while Date() < end {
            let mails = try sink.received(0).filter { $0.to.contains { $0.contains(address) } }
            let codes = mails.map { String(decoding: $0.data, as: UTF8.self) }.compactMap(Maildir.code)
            if let code = codes.first(where: { !known.contains($0) }) { return code }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServerFailure("no mail to \(address) after 20 s")
    }

    /// The machine's directory in front of the paths, and the test's Redis and mail server in place of the reader's.
    private func localized(_ text: String) -> String {
        var local = text
        for directory in ["/etc/signupd", "/etc/credstore", "/run/", "/var/lib/signupd", "/var/backups"] {
            local = local.replacing(directory, with: path(directory))
        }
        local = local.replacing("redis-cli ", with: "redis-cli -s \(redis.socketPath) ")
        local = local.replacing("redis://127.0.0.1:6379/0", with: "redis+unix:\(redis.socketPath)?db=0")
        return local.replacing(
            "smtp://signupd:PASSWORD@mail.example.org:587",
            with: "smtp://127.0.0.1:\(sink.port)?tls=off"
        )
    }
}
