import Glibc
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: a connection of nothing but transactions")
struct TransactionTests {
    private static let insert = Statement("INSERT INTO limits (subject, mails, resets_at) VALUES (?, 1, ?)")

    let fixture: Fixture

    init() throws {
        fixture = try Fixture()
    }

    private func transactions() throws -> MariaDBConnection {
        try MariaDBConnection(fixture.configuration, .work(fixture.configuration, isTransactionsOnly: true))
    }

    private func insert(_ subject: String, on connection: MariaDBConnection) throws {
        try connection.begin()
        try connection.execute(Self.insert, [.text(subject), .time(start)])
    }

    private var subjects: String {
        get throws { try fixture.sql("SELECT group_concat(subject ORDER BY subject) FROM limits") }
    }

    @Test("changes nothing before it commits, and nothing if it rolls back or goes away")
    func commits() throws {
        do {
            let connection = try transactions()
            try insert("committed", on: connection)
            #expect(try subjects == "NULL")
            try connection.commit()
            try insert("rolled back", on: connection)
            try connection.rollBack()
            try insert("committed later", on: connection)
            try connection.commit()
            try insert("left behind", on: connection)
        }
        #expect(try subjects == "committed,committed later")
    }

    @Test("holds none open between two of them, so that the server does not end it for idling in one")
    func idles() throws {
        let connection = try transactions()
        #expect(try openTransactions == "0")
        try insert("committed", on: connection)
        #expect(try openTransactions == "1")
        try connection.commit()
        #expect(connection.answers(withinSeconds: 1))
        #expect(try openTransactions == "0")
    }

    private var openTransactions: String {
        get throws {
            // The server looks at them ten times a second at most.
            usleep(200_000)
            return try fixture.server.run(
                "SELECT count(*) FROM information_schema.innodb_trx AS t JOIN information_schema.processlist AS p"
                    + " ON p.id = t.trx_mysql_thread_id WHERE p.db = '\(fixture.database)'"
            )
        }
    }
}
