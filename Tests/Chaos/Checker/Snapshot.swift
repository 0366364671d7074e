// What the databases hold after a run, read with their own tools.

import Foundation
import TestServers

/// The rows that the invariants speak of.
struct Snapshot: Sendable {
    struct Signup: Sendable {
        let id: String
        let email: String
        let nickname: String
        let passwordHash: String
        let isVerified: Bool
    }

    struct Mail: Sendable {
        let signupID: String
        let template: String
        let issue: Int
        let recipient: String
        let state: String

        /// The left side of its Message-ID.
        var name: String { "\(signupID).\(template).\(issue)" }
    }

    struct Member: Sendable {
        let id: Int
        let signupID: String
        let email: String
        let nickname: String
        let nicknameKey: String
        let passwordHash: String
    }

    let signups: [Signup]
    let outbox: [Mail]
    let members: [Member]

    private static let identifier = """
        LOWER(CONCAT_WS('-', HEX(SUBSTR(x, 1, 4)), HEX(SUBSTR(x, 5, 2)), HEX(SUBSTR(x, 7, 2)), HEX(SUBSTR(x, 9, 2)), \
        HEX(SUBSTR(x, 11, 6))))
        """

    init(_ installation: Installation) throws {
        func rows(_ sql: String, idColumn: String) throws -> [[String]] {
            let identifier = Self.identifier.replacingOccurrences(of: "x,", with: "\(idColumn),")
            let text = try installation.mariadb.run(
                sql.replacingOccurrences(of: "@id", with: identifier),
                database: installation.database
            )
            return text.split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
        }
        signups = try rows("SELECT @id, email, nickname, password_hash, state FROM signups", idColumn: "id").map {
            Signup(id: $0[0], email: $0[1], nickname: $0[2], passwordHash: $0[3], isVerified: $0[4] == "verified")
        }
        outbox = try rows("SELECT @id, template, issue, recipient, state FROM outbox", idColumn: "signup_id").map {
            Mail(signupID: $0[0], template: $0[1], issue: Int($0[2]) ?? 0, recipient: $0[3], state: $0[4])
        }
        members = try rows(
            "SELECT id, @id, email, nickname, nickname_key, password_hash FROM members",
            idColumn: "signup_id"
        ).map {
            Member(
                id: Int($0[0]) ?? 0,
                signupID: $0[1],
                email: $0[2],
                nickname: $0[3],
                nicknameKey: $0[4],
                passwordHash: $0[5]
            )
        }
    }

    /// How much mail is still owed.
    static func queuedMails(_ installation: Installation) throws -> Int {
        let count = try installation.mariadb.run(
            "SELECT COUNT(*) FROM outbox WHERE state = 'queued'",
            database: installation.database
        )
        guard let number = Int(count) else { throw ServerFailure("no number: \(count)") }
        return number
    }
}
