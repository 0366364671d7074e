// A store over a database of the test's own, and shorthand for what tests ask of it.

import Foundation
import Logging
import Signup
import TestServers

@testable import MariaDBStore

extension Deadline {
    static var soon: Deadline { .now + .seconds(15) }
}

/// A migrated database on a server, and stores over it.
struct Fixture {
    let server: PrivateMariaDB
    let database: String
    let configuration: MariaDBConfiguration
    let store: MariaDBStore

    init(server: PrivateMariaDB? = nil, adjust: (inout MariaDBConfiguration) -> Void = { _ in }) throws {
        self.server = try server ?? PrivateMariaDB.shared.get()
        database = try self.server.makeDatabase()
        configuration = Fixture.configuration(self.server, database, adjust)
        _ = try MariaDBStore.migrate(configuration)
        store = MariaDBStore(configuration, logger: Fixture.logger)
    }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func configuration(
        _ server: PrivateMariaDB,
        _ database: String,
        _ adjust: (inout MariaDBConfiguration) -> Void = { _ in }
    ) -> MariaDBConfiguration {
        var configuration = MariaDBConfiguration(
            socketPath: server.socketPath,
            user: server.user,
            password: server.password,
            database: database
        )
        adjust(&configuration)
        return configuration
    }

    /// A second process, as far as the database can tell.
    func anotherStore() -> MariaDBStore {
        MariaDBStore(configuration, logger: Fixture.logger)
    }

    /// A connection of the test's own, to hold locks with.
    func connection() throws -> MariaDBConnection {
        try MariaDBConnection(configuration, .work(configuration))
    }

    /// Runs SQL as root in the database.
    @discardableResult
    func sql(_ text: String) throws -> String {
        try server.run(text, database: database)
    }

    /// Ends every connection of the stores, as a restart or a firewall would.
    func killConnections() throws {
        let identifiers = try server.run(
            "SELECT id FROM information_schema.processlist WHERE user = '\(server.user)' AND db = '\(database)'"
        )
        for identifier in identifiers.split(separator: "\n") {
            // One that ended by itself meanwhile is an error of KILL's.
            _ = try? server.run("KILL CONNECTION \(identifier)")
        }
    }
}

/// Times in tests count from here.
let start = Timestamp(millisecondsSince1970: 1_800_000_000_123)

func makeSignup(
    _ email: String,
    nickname: String? = nil,
    at time: Timestamp = start,
    key: UInt8? = nil,
    cap: DailyCap? = nil
) throws -> NewSignup {
    NewSignup(
        id: SignupID(now: time),
        email: try EmailAddress(email),
        nickname: try Nickname(nickname ?? "nick-" + String(email.prefix { $0 != "@" })),
        passwordHash: PasswordHash(phc: "$argon2id$v=19$m=19456,t=2,p=1$\(email)"),
        locale: "de",
        createdAt: time,
        idempotency: key.map {
            Idempotency(key: [UInt8](repeating: $0, count: 32), fingerprint: [UInt8](repeating: $0 &+ 1, count: 32))
        },
        dailyCap: cap
    )
}

extension MariaDBStore {
    /// Records, and expects it to work.
    @discardableResult
    func recordNew(
        _ email: String,
        nickname: String? = nil,
        at time: Timestamp = start,
        key: UInt8? = nil
    ) async throws -> NewSignup {
        let signup = try makeSignup(email, nickname: nickname, at: time, key: key)
        guard try await record(signup, deadline: .soon) == .recorded else { throw Surprise("not recorded") }
        return signup
    }

    func activate(_ id: SignupID, nickname: Nickname? = nil, at time: Timestamp = start) async throws
        -> ActivationOutcome
    {
        try await activate(Activation(signupID: id, nickname: nickname, now: time), deadline: .soon)
    }

    func claimAll(at time: Timestamp = start, limit: Int = 100, keyID: KeyID? = nil) async throws -> [OwedMail] {
        let keyID = try keyID ?? firstKeyID
        return try await claim(
            limit: limit,
            mailsPerHour: 0,
            keyID: keyID,
            lease: .seconds(180),
            now: time,
            deadline: .soon
        )
    }

    /// The secret that tests claim under when they care about none.
    var firstKeyID: KeyID {
        get throws {
            guard let id = KeyID("0123456789abcdef") else { throw Surprise("no id of a secret") }
            return id
        }
    }

    /// Whether a lease holds.
    func confirm(_ lease: LeaseReference, now: Timestamp = start) async throws -> Bool {
        try await confirm([lease], now: now, deadline: .soon) == [lease]
    }
}

struct Surprise: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

extension ActivationOutcome {
    var member: Member? {
        if case .activated(let member) = self { member } else { nil }
    }
}
