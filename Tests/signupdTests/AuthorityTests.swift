// Whom TLS trusts: each backend its own authority, else the common one.

import ArgumentParser
import Foundation
import Mail
import MariaDBStore
import Testing

@testable import signupd

@Suite("trusted authorities")
struct AuthorityTests {
    private struct Trusted: Equatable {
        var database: String?
        var smtp: String?
    }

    /// The files that the database and the mail trust, with these lines in the config file.
    private func files(_ lines: [String: String]) async throws -> Trusted {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("signupd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
        var text = """
            SIGNUPD_DATABASE_URL=mariadb://signupd:x@db.example.org/signupd
            SIGNUPD_REDIS_URL=redis://127.0.0.1:6379/0
            SIGNUPD_SMTP_URL=smtp://mail.example.org:587
            SIGNUPD_SECRET=\(String(repeating: "5a", count: 32))

            """
        for (name, file) in lines {
            let path = directory.appendingPathComponent(file).path
            try Data().write(to: URL(fileURLWithPath: path))
            text += "SIGNUPD_\(name)=\(path)\n"
        }
        let config = directory.appendingPathComponent("signupd.conf")
        try text.write(to: config, atomically: true, encoding: .utf8)
        let settings = try Settings.load(try SettingsOptions.parse(["--config", config.path]))
        guard case .mariadb(let database) = settings.database, case .smtp(let smtp) = settings.mail else {
            throw UnexpectedBackend()
        }
        func name(_ path: String?) -> String? { path.map { URL(fileURLWithPath: $0).lastPathComponent } }
        return Trusted(database: name(database.caFile), smtp: name(smtp.caFile))
    }

    private struct UnexpectedBackend: Error {}

    @Test("without a setting they are the system's")
    func none() async throws {
        #expect(try await files([:]) == Trusted())
    }

    @Test("one for both")
    func common() async throws {
        #expect(try await files(["TLS_CA_FILE": "common"]) == Trusted(database: "common", smtp: "common"))
    }

    @Test("one for each, and the common one for the other")
    func own() async throws {
        let both = try await files(["DATABASE_CA_FILE": "database", "SMTP_CA_FILE": "mail", "TLS_CA_FILE": "common"])
        #expect(both == Trusted(database: "database", smtp: "mail"))
        #expect(try await files(["DATABASE_CA_FILE": "database"]) == Trusted(database: "database"))
        #expect(
            try await files(["SMTP_CA_FILE": "mail", "TLS_CA_FILE": "common"])
                == Trusted(database: "common", smtp: "mail")
        )
    }
}
