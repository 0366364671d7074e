// Rows nobody waits for go by themselves while a server runs; all others stay.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the janitor")
struct OutboxPurgeTests {
    @Test("a server clears old rows away, batch by batch, and nothing else")
    func purge() async throws {
        let backends = try Backends()
        let database = String(
            try #require(backends.databaseURL.split(separator: "?").first?.split(separator: "/").last)
        )
        let program = backends.program(["SIGNUPD_PURGE_INTERVAL_SECONDS": "0.2"])
        _ = try program.run(["migrate"])
        var requests = (0..<6).map {
            request($0, "signup", signupParams("p\($0)@example.org", nickname: "Person\($0)"))
        }
        requests[5]["params"] = signupParams("p5@example.org", nickname: "Person5")
            .merging(["_meta": ["idempotency_key": "old"]]) { $1 }
        #expect(try program.pipe(requests).status == 0)
        for number in 0..<6 { _ = try await backends.code(to: "p\(number)@example.org") }
        func sql(_ statement: String) throws -> String { try backends.mariadb.run(statement, database: database) }

        // Two that nobody verified in time, one mail that left long ago, one key that is no longer promised.
        _ = try sql(
            """
            UPDATE signups SET created_at = created_at - INTERVAL 8 DAY, expires_at = expires_at - INTERVAL 8 DAY
                WHERE email IN ('p0@example.org', 'p1@example.org');
            UPDATE outbox SET created_at = created_at - INTERVAL 4 DAY, due_at = due_at - INTERVAL 4 DAY
                WHERE recipient = 'p2@example.org';
            UPDATE signups SET keyed_at = keyed_at - INTERVAL 25 HOUR WHERE keyed_at IS NOT NULL
            """
        )
        let server = try await RunningServer(program, directory: backends.directory)
        _ = try await waitFor("purge") { try sql("SELECT count(*) FROM signups") == "4" ? true : nil }
        _ = try await waitFor("purge of the key") {
            try sql("SELECT count(*) FROM signups WHERE idempotency_key IS NOT NULL") == "0" ? true : nil
        }
        let left = try sql("SELECT recipient FROM outbox WHERE recipient > 'p2' ORDER BY recipient")
        #expect(left == (3..<6).map { "p\($0)@example.org" }.joined(separator: "\n"))
        #expect(try sql("SELECT email FROM signups ORDER BY email LIMIT 1") == "p2@example.org")
        #expect(server.stop() == 0)
    }

    @Test("a database that is away is told of once, and the next round goes on")
    func away() async throws {
        let backends = try Backends(mariadb: try PrivateMariaDB.start())
        let program = backends.program(["SIGNUPD_PURGE_INTERVAL_SECONDS": "0.05"])
        _ = try program.run(["migrate"])
        let server = try await RunningServer(program, directory: backends.directory)
        backends.mariadb.kill9()
        let complaint = "old rows cannot be purged"
        _ = try await waitFor("complaint") { server.log.contains(complaint) ? true : nil }
        // Ten more rounds at least.
        try await Task.sleep(for: .seconds(1))
        #expect(server.log.components(separatedBy: complaint).count == 2)
        try backends.mariadb.restart()
        backends.mariadb.kill9()
        #expect(server.stop() == 0)
    }
}
