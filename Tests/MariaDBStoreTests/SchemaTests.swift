// Migrations: from nothing, again, and by several at once.

import Foundation
import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: the schema")
struct SchemaTests {
    let server: PrivateMariaDB
    let configuration: MariaDBConfiguration

    init() throws {
        server = try PrivateMariaDB.shared.get()
        configuration = Fixture.configuration(server, try server.makeDatabase())
    }

    private func state() async throws -> SchemaState {
        let store = MariaDBStore(configuration, logger: Fixture.logger)
        defer { store.shutDown() }
        return try await store.schemaVersion(deadline: .soon)
    }

    @Test("a migration creates the schema once; again it finds nothing to do")
    func twice() async throws {
        #expect(try await state() == .missing)
        #expect(try MariaDBStore.migrate(configuration) == MigrationReport(versionBefore: 0, versionAfter: 2))
        #expect(try await state() == .current)
        #expect(try MariaDBStore.migrate(configuration) == MigrationReport(versionBefore: 2, versionAfter: 2))
    }

    @Test("of several migrations at once, one does the work and the others find it done")
    func atOnce() async throws {
        let reports = try await withThrowingTaskGroup(of: MigrationReport.self) { group in
            for _ in 0..<4 { group.addTask { try MariaDBStore.migrate(configuration) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reports.count { $0.versionBefore == 0 } == 1)
        #expect(reports.count { $0.versionBefore == 2 } == 3)
    }

    @Test("a migration that was cut short is finished by the next")
    func cutShort() async throws {
        _ = try MariaDBStore.migrate(configuration)
        _ = try server.run("DELETE FROM signupd_schema; DROP TABLE outbox", database: configuration.database)
        #expect(try MariaDBStore.migrate(configuration).versionBefore == 0)
        #expect(try await state() == .current)
    }

    @Test("a schema of an older signupd is told apart, and brought up to date with what is in it")
    func older() async throws {
        _ = try MariaDBStore.migrate(configuration)
        let sql = "DELETE FROM signupd_schema WHERE version > 1; DROP TABLE silent_resends"
        _ = try server.run(sql, database: configuration.database)
        #expect(try await state() == .older(1))
        #expect(try MariaDBStore.migrate(configuration) == MigrationReport(versionBefore: 1, versionAfter: 2))
        #expect(try await state() == .current)
    }

    @Test("a schema from a newer signupd is told apart and left alone")
    func newer() async throws {
        _ = try MariaDBStore.migrate(configuration)
        let sql = "INSERT INTO signupd_schema (version, applied_at) VALUES (7, NOW())"
        _ = try server.run(sql, database: configuration.database)
        #expect(try await state() == .newer(7))
        let failure = #expect(throws: BackendFailure.self) { try MariaDBStore.migrate(configuration) }
        #expect(failure?.kind == .defect)
    }

    @Test("without a schema every call is a defect that names the table")
    func withoutSchema() async throws {
        let store = MariaDBStore(configuration, logger: Fixture.logger)
        defer { store.shutDown() }
        let failure = await #expect(throws: BackendFailure.self) { try await store.backlog(deadline: .soon) }
        #expect(failure?.kind == .defect)
        #expect(failure?.nativeCode == 1146)
        #expect(failure?.reason.contains("outbox") == true)
    }
}
