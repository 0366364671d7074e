// How Redis is set up, as far as codes and limits depend on it. Reads only.

public import Signup

extension RedisStore {
    /// Connects once and looks. Blocks, for a few of the configuration's timeouts.
    public static func diagnose(_ configuration: RedisConfiguration) -> [CheckFinding] {
        let start = ContinuousClock.now
        do throws(ConnectionFailure) {
            let connection = try RedisConnection.open(configuration)
            let latency = ContinuousClock.now - start
            let replies = try connection.replies(to: [.plain(CommandArguments(["INFO"]))])
            let place = CheckFinding.good("connection", "\(configuration.place), in \(latency.millisecondText)")
            guard case .text(let info)? = replies.first else {
                return [
                    place, .advice("settings", "the server does not tell them", "let the user run INFO (ACL +info)"),
                ]
            }
            return [place] + RedisDiagnosis(info).findings
        } catch {
            let number = error.nativeCode.map { " (\($0))" } ?? ""
            return [.fault("connection", "\(configuration.place): \(error.reason)\(number)", remedy(error))]
        }
    }

    private static func remedy(_ failure: ConnectionFailure) -> String {
        failure.reason.contains("login")
            ? "mend the user or the password in the Redis URL"
            : "start the server, or mend the host, port or socket in the Redis URL"
    }
}

/// What INFO says, judged.
struct RedisDiagnosis {
    /// Scripts with the effects ours need came with it.
    private static let minimumMajorVersion = 7

    private let values: [Substring: Substring]

    init(_ info: String) {
        let lines = info.split { $0.isNewline }
        let pairs: [(Substring, Substring)] = lines.compactMap { line in
            line.firstIndex(of: ":").map { (line[..<$0], line[line.index(after: $0)...]) }
        }
        values = Dictionary(pairs) { first, _ in first }
    }

    var findings: [CheckFinding] { [version, role, eviction, persistence] }

    private func value(_ name: Substring) -> String { values[name].map(String.init) ?? "unknown" }

    private var version: CheckFinding {
        let version = value("redis_version")
        let major = Int(version.prefix { $0 != "." }) ?? 0
        return major >= Self.minimumMajorVersion
            ? .good("version", version)
            : .fault("version", version, "signupd needs Redis \(Self.minimumMajorVersion).0 or later")
    }

    private var role: CheckFinding {
        let role = value("role")
        return role == "slave"
            ? .fault("role", "replica", "name the primary in the Redis URL") : .good("role", role)
    }

    /// A code that is evicted is dead before its time, and a limit that is evicted begins anew.
    private var eviction: CheckFinding {
        let policy = value("maxmemory_policy")
        if policy == "noeviction" { return .good("maxmemory-policy", policy) }
        let remedy = "set maxmemory-policy noeviction: under any other, codes and limits vanish when memory is short"
        return value("maxmemory") == "0"
            ? .advice("maxmemory-policy", "\(policy), with no maxmemory", remedy)
            : .fault("maxmemory-policy", policy, remedy)
    }

    private var persistence: CheckFinding {
        if value("aof_enabled") == "1" {
            return value("aof_last_write_status") == "ok"
                ? .good("persistence", "append-only file")
                : .fault("persistence", "the append-only file cannot be written", "free its disk; see the server's log")
        }
        return .advice(
            "persistence",
            "no append-only file",
            "set appendonly yes: a restart forgets pending codes, and people must ask for another"
        )
    }
}
