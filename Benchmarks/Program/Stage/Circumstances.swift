// Where a run was made: figures without it mean nothing.

import Foundation
import TestServers

enum Circumstances {
    /// Taken before anything is measured.
    static func list(_ servers: ServerStage, plan: Plan) -> [(String, String)] {
        [
            ("machine", "\(processor), \(Hashing.coreCount) cores, \(memory) of memory, shared by everything below"),
            ("system", "\(system), Linux \(output("uname", ["-r"]))"),
            (
                "files",
                "\(output("df", ["--output=fstype", "/tmp"]).split(separator: " ").last.map(String.init) ?? "") under /tmp"
            ),
            ("huge pages", "`\(hugePages)`: Argon2id alone does not ask for them, signupd does"),
            ("load average at the start", String(text("/proc/loadavg").prefix { $0 != " " })),
            (
                "signupd",
                "commit \(output("git", ["describe", "--always", "--dirty"])), \(output("swift", ["--version"]))"
            ),
            ("libraries and servers", packages),
            ("MariaDB", mariadb(servers)),
            ("Redis", "a Unix socket, no persistence"),
            ("SQLite", "`synchronous=FULL`, WAL"),
            ("rounds", "\(plan.rounds); figures are medians, ratios are medians of the rounds' ratios"),
        ]
    }

    private static func mariadb(_ servers: ServerStage) -> String {
        let names = ["innodb_flush_log_at_trx_commit", "innodb_buffer_pool_size", "innodb_log_file_size"]
        let columns = names.map { "@@\($0)" }.joined(separator: ", ")
        // Every MariaDB has these; without them the line would be empty, and seen to be.
        let values = ((try? servers.mariadb.run("SELECT \(columns)")) ?? "").split(whereSeparator: \.isWhitespace)
        return "a Unix socket; " + zip(names, values).map { "`\($0)=\($1)`" }.joined(separator: ", ")
    }

    private static var processor: String {
        let line = text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }

    private static var memory: String {
        let line = text("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemTotal") }
        let kibibytes = line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        return "\((kibibytes + 524_288) / 1_048_576) GiB"
    }

    private static var system: String {
        let line = text("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME") }
        return line?.split(separator: "\"").dropFirst().first.map(String.init) ?? "unknown system"
    }

    /// `always`, `madvise` (for who asks) or `never`: the one in brackets.
    private static var hugePages: String {
        let choices = text("/sys/kernel/mm/transparent_hugepage/enabled")
        return choices.split(omittingEmptySubsequences: false) { "[]".contains($0) }.dropFirst().first.map(String.init)
            ?? "unknown to this kernel"
    }

    private static var packages: String {
        let names = [
            "mariadb-server", "redis-server", "postfix", "libmariadb3", "libhiredis0.14", "libcurl4", "libsodium23",
            "libsqlite3-0",
        ]
        return names.map { "\($0) \(output("dpkg-query", ["-W", "-f", "${Version}", $0]))" }.joined(separator: ", ")
    }

    /// What a command prints, on one line; a note of its absence in place of a figure that nobody depends on.
    private static func output(_ command: String, _ arguments: [String]) -> String {
        guard let data = try? Command.run(command, arguments) else { return "(unknown)" }
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.joined(separator: " ")
    }

    private static func text(_ path: String) -> String {
        // As above.
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
