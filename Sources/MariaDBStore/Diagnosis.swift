// How the database server is set up, as far as the promises of signupd depend on it. Reads only.

public import Signup

extension MariaDBStore {
    /// Connects once and looks. Blocks, for no longer than the configuration's timeouts.
    public static func diagnose(_ configuration: MariaDBConfiguration, clock: WallClock) -> [CheckFinding] {
        let start = ContinuousClock.now
        do {
            let connection = try MariaDBConnection(configuration, .work(configuration))
            let latency = ContinuousClock.now - start
            let diagnosis = Diagnosis(connection: connection, clock: clock)
            return [.good("connection", "\(configuration.place), in \(latency.millisecondText)")] + diagnosis.findings()
        } catch {
            return [.fault("connection", "\(configuration.place): \(error.reason) (\(error.code))", remedy(error))]
        }
    }

    private static func remedy(_ error: DatabaseError) -> String {
        switch error.code {
        case 0 where MariaDBStore.libraryProblem != nil: "install it, or mend what keeps it from being opened"
        case 1045, 1698: "mend the user or the password in the database URL"
        case 1044, 1142: "GRANT ALL ON that database TO the user of the database URL"
        case 1049: "CREATE DATABASE, GRANT ALL ON it TO the user, and run: signupd migrate"
        case 2026: "the server must prove itself by a certificate off this machine; see SIGNUPD_TLS_CA_FILE"
        default: "start the server, or mend the host, port or socket in the database URL"
        }
    }
}

extension MariaDBConfiguration {
    fileprivate var place: String { socketPath ?? "\(host):\(port)" }
}

private struct Diagnosis {
    let connection: MariaDBConnection
    let clock: WallClock

    /// Leases and expiries are compared between machines by their clocks.
    private static let skewWorthAdvice: Duration = .seconds(1)
    private static let skewThatHarms: Duration = .seconds(30)

    func findings() -> [CheckFinding] {
        do {
            return [version, try schema()] + (try durability()) + [try access(), try skew()]
        } catch {
            return [.fault("server", "\(error.reason) (\(error.code))", "see the server's own log")]
        }
    }

    private var version: CheckFinding {
        let version = connection.serverVersion
        guard Migration.supports(version) else {
            return .fault("version", version, "signupd needs MariaDB \(Migration.minimumText) or later")
        }
        return .good("version", version)
    }

    private func schema() throws(DatabaseError) -> CheckFinding {
        let found = try Migration(connection: connection).currentVersion()
        if found == 0 { return .fault("schema", "none", "run: signupd migrate") }
        if found < Migration.newest {
            return .fault("schema", "version \(found), older than this program's", "run: signupd migrate")
        }
        if found > Migration.newest {
            return .fault("schema", "version \(found), newer than this program's", "install a newer signupd")
        }
        return .good("schema", "version \(found)")
    }

    /// What "stored" is worth when the machine loses its power.
    private func durability() throws(DatabaseError) -> [CheckFinding] {
        struct Settings { let flush, syncBinlog, logBin: Int64 }
        let settings = try connection.query(Self.durabilitySettings) { row throws(DatabaseError) in
            Settings(flush: try row.integer(0), syncBinlog: try row.integer(1), logBin: try row.integer(2))
        }.first
        guard let settings else { throw .malformed("no row of settings") }
        let flush =
            switch settings.flush {
            case 1, 3: CheckFinding.good("innodb_flush_log_at_trx_commit", "\(settings.flush)")
            case 2:
                CheckFinding.advice(
                    "innodb_flush_log_at_trx_commit",
                    "2",
                    "set it to 1: a power cut loses up to a second of acknowledged signups"
                )
            default:
                CheckFinding.fault(
                    "innodb_flush_log_at_trx_commit",
                    "\(settings.flush)",
                    "set it to 1: a crash of the server loses up to a second of acknowledged signups"
                )
            }
        let binlog: CheckFinding =
            if settings.logBin == 0 {
                .good("sync_binlog", "\(settings.syncBinlog), with no binary log")
            } else if settings.syncBinlog == 1 {
                .good("sync_binlog", "1")
            } else {
                .advice(
                    "sync_binlog",
                    "\(settings.syncBinlog)",
                    "set it to 1: after a power cut replicas may have other members than the primary"
                )
            }
        return [flush, binlog]
    }

    private func access() throws(DatabaseError) -> CheckFinding {
        let isReadOnly = try connection.query(Self.readOnly) { row throws(DatabaseError) in try row.integer(0) }.first
        guard isReadOnly == 0 else {
            return .fault("access", "read only", "name the primary in the database URL, or SET GLOBAL read_only = 0")
        }
        return .good("access", "read and write")
    }

    private func skew() throws(DatabaseError) -> CheckFinding {
        let asked = clock.now()
        let there = try connection.query(Self.time) { row throws(DatabaseError) in try row.time(0) }.first
        guard let there else { throw .malformed("no time") }
        // Somewhere between the question and the answer.
        let skew = max(there.since(clock.now()), asked.since(there), .zero)
        let text = "\(skew.millisecondText) apart"
        if skew > Self.skewThatHarms {
            return .fault("clocks", text, "run chrony or another NTP client on both machines")
        }
        if skew > Self.skewWorthAdvice {
            return .advice("clocks", text, "run chrony or another NTP client on both machines")
        }
        return .good("clocks", text)
    }

    private static let durabilitySettings = Statement(
        "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.sync_binlog, @@GLOBAL.log_bin"
    )
    private static let readOnly = Statement("SELECT @@GLOBAL.read_only")
    private static let time = Statement("SELECT UTC_TIMESTAMP(3)")
}
