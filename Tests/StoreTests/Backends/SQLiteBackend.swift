// Everything in one SQLite file, in a directory of the test's own.

import Foundation
import Logging
import SQLiteStore
import TestServers

extension StoreBackend {
    static let sqlite = StoreBackend(description: "SQLite") {
        let directory = try makeTemporaryDirectory("store")
        let configuration = SQLiteConfiguration(path: directory.appendingPathComponent("signupd.db").path)
        return FreshData(
            open: { Stores(try SQLiteStore(configuration, logger: quietLogger)) },
            remove: { try FileManager.default.removeItem(at: directory) }
        )
    }
}

extension Stores {
    init(_ store: SQLiteStore) {
        self.init(
            accounts: store,
            outbox: store,
            codes: store,
            limiter: store,
            shutDown: { store.shutDown() }
        )
    }
}

/// Tests assert on outcomes; a log would only bury them.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
