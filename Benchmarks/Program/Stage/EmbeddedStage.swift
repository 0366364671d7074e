// signupd with nothing configured but its directory and its secret: SQLite and a Maildir.

import Foundation
import GRDB
import Signup
import TestServers

final class EmbeddedStage: Sendable {
    let directory: URL
    let program: String
    private let registry: Registry

    init(program: String, registry: Registry) throws {
        self.program = program
        self.registry = registry
        directory = try makeTemporaryDirectory("embed")
        // Makes the file and its tables.
        try Command.run("env", environment.map { "\($0.key)=\($0.value)" } + [program, "pipe"])
    }

    var environment: [String: String] {
        ["SIGNUPD_STATE_DIR": directory.path, "SIGNUPD_SECRET": Registry.secret]
    }

    func serve() throws -> ServingProgram {
        try ServingProgram(program, directory: directory, environment: environment)
    }

    func stop() {
        // What stays behind under /tmp hurts nobody.
        try? FileManager.default.removeItem(at: directory)
    }

    /// People who have their codes and may verify now. All in one transaction: written in the program's place, row by row as it
    /// would have, before anything is measured.
    func expectedPeople(_ count: Int) throws -> [Person] {
        let people = registry.people(count)
        let now = WallTime.now.millisecondsSince1970
        let expires = now + 3_600_000
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let file = directory.appendingPathComponent("signupd.sqlite").path
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        try queue.write { database in
            let signup = try database.makeStatement(
                sql: """
                    INSERT INTO signups (id, email, recipient, nickname, nickname_key, password_hash, created_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """
            )
            let code = try database.makeStatement(
                sql: "INSERT INTO codes (signup_id, issue, email, digest, expires_at) VALUES (?, 1, ?, ?, ?)"
            )
            for person in people {
                let id = Data(person.id.bytes)
                let (email, nickname) = (person.email, person.nickname)
                try signup.execute(
                    arguments: [id, email, email, nickname, nickname, registry.passwordHash, now, expires]
                )
                try code.execute(arguments: [id, email, Data(person.digest.bytes), expires])
            }
        }
        try queue.close()
        return people
    }
}
