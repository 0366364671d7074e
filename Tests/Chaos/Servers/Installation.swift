// Everything a run needs: the servers, a proxy before each for each signupd process, and the processes.

import Foundation
import TestServers

/// A signupd process and the doors through which it sees the world.
struct Desk: Sendable {
    let program: ProgramProcess
    let mariadb: FaultProxy
    let redis: FaultProxy
    let smtp: SMTPProxy

    func heal() {
        mariadb.orders.heal()
        redis.orders.heal()
        smtp.heal()
    }
}

/// Private servers on private sockets, gone with this process.
struct Installation: Sendable {
    let directory: URL
    let mariadb: PrivateMariaDB
    let database: String
    let redis: PrivateRedis
    let sink: SMTPSink
    let mailbag = Mailbag()
    let desks: [Desk]

    init(_ plan: Plan, program: String) throws {
        directory = try makeTemporaryDirectory("chaos")
        let mariadb = try PrivateMariaDB.start()
        let redis = try PrivateRedis.start(appendOnly: true)
        let sink = try SMTPSink.start()
        let database = try mariadb.makeDatabase()
        var desks: [Desk] = []
        for number in 0..<Plan.programs {
            let doors = try Self.doors(number, plan, directory, mariadb, redis, sink, mailbag)
            let address = "mariadb://\(mariadb.user):\(mariadb.password)@localhost/\(database)?socket="
            var environment = Self.settings
            environment["SIGNUPD_STATE_DIR"] = directory.path
            environment["SIGNUPD_DATABASE_URL"] = address + Self.path(doors.mariadb)
            environment["SIGNUPD_REDIS_URL"] = "redis+unix:\(Self.path(doors.redis))?db=0"
            environment["SIGNUPD_SMTP_URL"] = "smtp://127.0.0.1:\(doors.smtp.port)?tls=off"
            if number == 0 {
                var migration = environment
                migration["SIGNUPD_DATABASE_URL"] = address + mariadb.socketPath
                try Self.migrate(program, migration)
            }
            let process = ProgramProcess(
                number: number,
                program: program,
                directory: directory,
                environment: environment
            )
            desks.append(Desk(program: process, mariadb: doors.mariadb, redis: doors.redis, smtp: doors.smtp))
        }
        (self.mariadb, self.database, self.redis, self.sink, self.desks) = (mariadb, database, redis, sink, desks)
    }

    /// Limits off and everything quick: a run is about what is lost, not about how long anybody has to wait.
    private static let settings = [
        "SIGNUPD_MAIL_FROM": "Sign-up desk <desk@example.com>",
        "SIGNUPD_SECRET": String(repeating: "5a", count: 32),
        "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "0.1",
        "SIGNUPD_MAIL_LEASE_SECONDS": "\(Plan.leaseSeconds)",
        "SIGNUPD_RESEND_AFTER_SECONDS": "0",
        "SIGNUPD_RESEND_PER_HOUR": "0",
        "SIGNUPD_RESEND_PER_DAY": "0",
        "SIGNUPD_GUESSES_PER_DAY": "0",
        "SIGNUPD_PASSWORD_MEMORY_KIB": "8",
        "SIGNUPD_PASSWORD_ITERATIONS": "1",
        "SIGNUPD_LOG_LEVEL": "trace",
        // An abort is ordered: nobody needs to know where.
        "SWIFT_BACKTRACE": "enable=no",
    ]

    private static func doors(
        _ number: Int,
        _ plan: Plan,
        _ directory: URL,
        _ mariadb: PrivateMariaDB,
        _ redis: PrivateRedis,
        _ sink: SMTPSink,
        _ mailbag: Mailbag
    ) throws -> (mariadb: FaultProxy, redis: FaultProxy, smtp: SMTPProxy) {
        func door(_ name: String) -> Endpoint {
            .unix(path: directory.appendingPathComponent("\(name)\(number).sock").path)
        }
        return (
            try FaultProxy(front: door("mariadb"), back: .unix(path: mariadb.socketPath), kind: .mariadb),
            try FaultProxy(front: door("redis"), back: .unix(path: redis.socketPath)),
            try SMTPProxy(
                port: try Loopback.freePort(),
                back: sink.port,
                sender: number,
                mailbag: mailbag,
                faultPercent: plan.mailFaultPercent,
                random: SeededGenerator(seed: plan.seed, stream: 1000 + UInt64(number))
            )
        )
    }

    private static func path(_ proxy: FaultProxy) -> String {
        guard case .unix(let path) = proxy.front else { return "" }
        return path
    }

    private static func migrate(_ program: String, _ environment: [String: String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["migrate"]
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ServerFailure("signupd migrate failed") }
    }

    /// Ends everything; the logs stay if `keepsFiles`.
    func tearDown(keepsFiles: Bool) {
        for desk in desks { desk.program.kill9() }
        mariadb.stop()
        redis.stop()
        sink.stop()
        // What stays behind under /tmp hurts nobody.
        if !keepsFiles { try? FileManager.default.removeItem(at: directory) }
    }
}
