// The two ways signupd is run, for tests of what must hold in both: embedded, and on MariaDB, Redis and an SMTP server.

import Foundation
import TestProgram
import TestServers
import Testing

/// A way to run the program.
enum HouseKind: String, CaseIterable, CustomTestStringConvertible {
    case embedded
    case servers

    var testDescription: String { rawValue }
}

/// A running server with its mail, in one of the two ways.
struct House {
    let server: RunningServer
    let client: SocketClient
    let program: Program
    private let backends: Backends?
    private let maildir: Maildir

    init(_ kind: HouseKind, _ settings: [String: String] = [:]) async throws {
        switch kind {
        case .embedded:
            let directory = try makeTemporaryDirectory("house")
            let secret = ["SIGNUPD_SECRET": String(repeating: "5a", count: 32)]
            program = Program(stateDirectory: directory, settings: secret.merging(settings) { $1 })
            backends = nil
            maildir = Maildir(stateDirectory: directory)
            server = try await RunningServer(program, directory: directory)
        case .servers:
            let backends = try Backends()
            program = backends.program(settings)
            #expect(try program.run(["migrate"]).status == 0)
            self.backends = backends
            maildir = Maildir(stateDirectory: backends.directory)
            server = try await RunningServer(program, directory: backends.directory)
        }
        client = try SocketClient(path: server.socketPath)
    }

    /// The mails that have arrived for an address, whole, in no order.
    func mails(to address: String) throws -> [String] {
        guard let backends else { return try maildir.messages().filter { $0.contains("To: \(address)\n") } }
        return try backends.sink.received(0).filter { $0.to == [address] }
            .map { String(decoding: $0.data, as: UTF8.self) }
    }

    /// Waits until so many mails have arrived for an address.
    @discardableResult
    func mails(_ count: Int, to address: String) async throws -> [String] {
        try await waitFor("mail no. \(count) to \(address)") {
            let mails = try mails(to: address)
            return mails.count >= count ? mails : nil
        }
    }

    /// Waits for a code to an address, besides those known already.
    func code(to address: String, besides known: Set<String> = []) async throws -> String {
        try await waitFor("code to \(address)") {
            try mails(to: address).compactMap(Maildir.code).first { !known.contains($0) }
        }
    }

    /// Takes someone in: signs up, reads the code, verifies. Returns the signup's id.
    @discardableResult
    func makeMember(_ email: String, nickname: String) async throws -> String {
        let id = try #require(try client.call(800, "signup", signupParams(email, nickname: nickname)).signupID)
        let code = try await code(to: email)
        #expect(try client.call(801, "verify", ["signup_id": id, "code": code]).result != nil)
        return id
    }

    /// Redis comes back empty, as after a crash without persistence.
    func loseRedis() async throws {
        guard let backends else { throw ServerFailure("there is no Redis in this house") }
        try backends.redis.restart()
        _ = try await waitFor("Redis") {
            try client.call(802, "service.health").result?["ok"] as? Bool == true ? true : nil
        }
    }

    /// The rows of a query on the database, whichever it is, tab-separated.
    func rows(_ sql: String) throws -> [String] {
        if let backends {
            let path = try #require(backends.databaseURL.split(separator: "?").first)
            let database = try #require(path.split(separator: "/").last)
            return try backends.mariadb.run(sql, database: String(database)).split(separator: "\n").map(String.init)
        }
        let file = try #require(program.environment["SIGNUPD_STATE_DIR"]) + "/signupd.sqlite"
        let shell = try program.command("/usr/bin/python3", ["-c", Self.sqliteShell, file, sql])
        return try shell.outputAtExit().split(separator: "\n").map(String.init)
    }

    private static let sqliteShell = """
        import sqlite3, sys
        for row in sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2]):
            print("\\t".join(str(value) for value in row))
        """
}
