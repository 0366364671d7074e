// The stores behind the ports, by the settings.

import Logging
import MariaDBStore
import RedisStore
import SQLiteStore
import Signup

/// One database, and Redis where it is set.
struct Stores: Sendable {
    let accounts: any AccountStore
    let outbox: any Outbox
    let codes: any CodeStore
    /// Where accounts and codes are one store.
    let redeemer: (any CodeRedeemer)?
    let limiter: any RateLimiter
    let probes: [HealthProbe]
    private let mariadb: MariaDBStore?
    private let redis: RedisStore?
    private let sqlite: SQLiteStore?

    init(_ settings: Settings, logger: Logger) throws {
        let redis = settings.redis.map { RedisStore($0, logger: logger) }
        var probes: [HealthProbe] = []
        switch settings.database {
        case .mariadb(let configuration):
            guard let redis else { preconditionFailure("the settings require Redis beside MariaDB") }
            let store = MariaDBStore(configuration, logger: logger)
            probes.append(
                HealthProbe(.mariadb) { deadline throws(BackendFailure) in try await store.ping(deadline: deadline) }
            )
            (accounts, outbox, codes) = (store, store, redis)
            limiter = FallbackRateLimiter(shared: redis, logger: logger)
            (redeemer, mariadb, sqlite) = (nil, store, nil)
        case .sqlite(let path):
            if path == settings.stateDirectory.file("signupd.sqlite") { try settings.stateDirectory.make() }
            let store = try SQLiteStore(SQLiteConfiguration(path: path), logger: logger)
            probes.append(
                HealthProbe(.sqlite) { deadline throws(BackendFailure) in
                    try await (store as any AccountStore).ping(deadline: deadline)
                }
            )
            (accounts, outbox) = (store, store)
            codes = redis.map { $0 as any CodeStore } ?? store
            limiter = redis.map { FallbackRateLimiter(shared: $0, logger: logger) as any RateLimiter } ?? store
            redeemer = redis == nil ? store : nil
            (mariadb, sqlite) = (nil, store)
        }
        if let redis {
            probes.append(
                HealthProbe(.redis) { deadline throws(BackendFailure) in try await redis.ping(deadline: deadline) }
            )
        }
        self.redis = redis
        self.probes = probes
    }

    /// SQLite migrates itself; MariaDB must have been migrated by the operator.
    func checkSchema(deadline: Deadline = .now + .seconds(10)) async throws {
        guard let mariadb else { return }
        let problem: String
        switch try await mariadb.schemaVersion(deadline: deadline) {
        case .current: return
        case .missing: problem = "has no tables of signupd yet; run: signupd migrate"
        case .older(let version): problem = "has schema \(version), older than this program's; run: signupd migrate"
        case .newer(let version): problem = "has schema \(version), newer than this program's; install a newer signupd"
        }
        throw ConfigurationMistakes(
            mistakes: [ConfigurationMistake(variable: Setting.databaseURL.rawValue, problem: "the database \(problem)")]
        )
    }

    func shutDown() {
        mariadb?.shutDown()
        redis?.shutDown()
        sqlite?.shutDown()
    }
}
