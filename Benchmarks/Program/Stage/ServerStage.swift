// MariaDB, Redis and a mail sink of the run's own, on private sockets, and gone with it.

import Foundation
import Logging
import RedisStore
import Signup
import TestServers

final class ServerStage: Sendable {
    let directory: URL
    let mariadb: PrivateMariaDB
    let redis: PrivateRedis
    let sink: CountingSink
    /// What signupd works on.
    let database: String
    /// The same tables, for what MariaDB does alone.
    let baselineDatabase: String
    let program: String
    private let registry: Registry

    /// MariaDB's settings that matter here; the report names them.
    static let mariadbSettings = ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G"]

    init(program: String, registry: Registry, mariadbSettings: [String] = mariadbSettings) throws {
        self.program = program
        self.registry = registry
        directory = try makeTemporaryDirectory("bench")
        mariadb = try PrivateMariaDB.start(
            in: directory.appendingPathComponent("mariadb"),
            extraArguments: mariadbSettings
        )
        redis = try PrivateRedis.start(in: directory)
        sink = try CountingSink(in: directory)
        database = try mariadb.makeDatabase()
        baselineDatabase = try mariadb.makeDatabase()
        for name in [database, baselineDatabase] {
            let pairs = environment(database: name).map { "\($0.key)=\($0.value)" }
            try Command.run("env", pairs + [program, "migrate"])
        }
    }

    /// Production's settings: courier and logs on, the standard hash.
    func environment(database name: String? = nil) -> [String: String] {
        let address = "mariadb://\(mariadb.user):\(mariadb.password)@localhost/\(name ?? database)"
        return [
            "SIGNUPD_STATE_DIR": directory.path,
            "SIGNUPD_SECRET": Registry.secret,
            "SIGNUPD_DATABASE_URL": "\(address)?socket=\(mariadb.socketPath)",
            "SIGNUPD_REDIS_URL": "redis+unix:\(redis.socketPath)?db=0",
            "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(sink.port)?tls=off",
            "SIGNUPD_MAIL_FROM": "Benchmark <benchmark@example.com>",
        ]
    }

    /// Starts `signupd serve` on all of it.
    func serve(database name: String? = nil) throws -> ServingProgram {
        try ServingProgram(program, directory: directory, environment: environment(database: name))
    }

    func stop() {
        mariadb.stop()
        redis.stop()
        sink.stop()
        // What stays behind under /tmp hurts nobody.
        try? FileManager.default.removeItem(at: directory)
    }
}

// MARK: - Bulk loading

extension ServerStage {
    /// Writes their signups, and nothing else. Not mailed yet, their codes have no expiry.
    func loadSignups(_ people: [Person], into name: String, isMailed: Bool = true) throws {
        let file = directory.appendingPathComponent("people.tsv")
        let now = WallTime.now
        let created = WallTime.text(now)
        let expires = isMailed ? "'\(WallTime.text(now + .seconds(3600)))'" : "NULL"
        var text = ""
        text.reserveCapacity(people.count * 256)
        for person in people {
            text += "\(person.id)\t\(person.email)\t\(person.nickname)\n"
        }
        try Data(text.utf8).write(to: file)
        _ = try mariadb.run(
            """
            LOAD DATA INFILE '\(file.path)' INTO TABLE signups (@id, email, nickname)
            SET id = UNHEX(REPLACE(@id, '-', '')), recipient = email, nickname_key = nickname,
                password_hash = '\(registry.passwordHash)', issue = 1, created_at = '\(created)', expires_at = \(expires)
            """,
            database: name
        )
        try FileManager.default.removeItem(at: file)
    }

    /// Installs their codes by the program's own adapter, so that the layout in Redis stays its secret.
    func installCodes(of people: [Person]) async throws {
        let store = RedisStore(RedisConfiguration(socketPath: redis.socketPath), logger: Logger(label: "benchmarks"))
        defer { store.shutDown() }
        let now = WallTime.now
        let callers = 256
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for index in stride(from: caller, to: people.count, by: callers) {
                        let person = people[index]
                        let installation = CodeInstallation(
                            email: person.email,
                            signupID: person.id,
                            issue: 1,
                            digest: person.digest,
                            expiresAt: now + .seconds(3600)
                        )
                        try await store.install(installation, now: now, deadline: .now + .seconds(30))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// People who have their codes and may verify now.
    func expectedPeople(
        _ count: Int,
        database name: String? = nil,
        address: (Int) -> String = { _ in "" }
    ) async throws -> [Person] {
        let people = registry.people(count, address: address)
        try loadSignups(people, into: name ?? database)
        try await installCodes(of: people)
        return people
    }
}
