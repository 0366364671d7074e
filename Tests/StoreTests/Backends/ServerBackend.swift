// MariaDB and Redis: a database and a key prefix of the test's own on the servers all tests of this process share.

import Foundation
import MariaDBStore
import RedisStore
import TestServers

extension StoreBackend {
    static let servers = StoreBackend(description: "MariaDB and Redis") {
        let mariadb = try PrivateMariaDB.shared.get()
        let redis = try PrivateRedis.shared()
        let database = try mariadb.makeDatabase()
        let configuration = MariaDBConfiguration(
            socketPath: mariadb.socketPath,
            user: mariadb.user,
            password: mariadb.password,
            database: database
        )
        let codes = RedisConfiguration(socketPath: redis.socketPath, keyPrefix: database)
        _ = try MariaDBStore.migrate(configuration)
        return FreshData(
            open: {
                let accounts = MariaDBStore(configuration, logger: quietLogger)
                let limits = RedisStore(codes, logger: quietLogger)
                return Stores(accounts: accounts, outbox: accounts, codes: limits, limiter: limits) {
                    accounts.shutDown()
                    limits.shutDown()
                }
            },
            remove: { _ = try mariadb.run("DROP DATABASE \(database)") }
        )
    }
}
