// Tables as they are after years: members, and the signups they came from, made by MariaDB itself.

import Foundation
import TestServers

struct GrownTables {
    let mariadb: PrivateMariaDB
    /// Where MariaDB keeps its files.
    let directory: URL

    /// A statement's worth: one transaction of a second or so.
    private static let chunk = 100_000
    /// Ten million take a quarter of that.
    private static let longestLoad = Duration.seconds(1_500)
    /// What a run may take of /tmp, logs and undo included.
    private static let mostBytes = 24_000_000_000
    /// The pages that loading left dirty are written before anything is measured.
    private static let longestFlush = Duration.seconds(300)

    /// Whose address comes where among ten digits: the grown ones are evenly spread.
    static func address(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    /// Between two neighbours there is room for others.
    static let spacing = 97

    func fill(_ database: String, count: Int, passwordHash: String, progress: (Int) -> Void) throws {
        let giveUpAt = ContinuousClock.now + Self.longestLoad
        _ = try mariadb.run("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
        for first in stride(from: 1, through: count, by: Self.chunk) {
            let last = min(count, first + Self.chunk - 1)
            _ = try mariadb.run(Self.statements(first, last, passwordHash), database: database)
            progress(last)
            let bytes = try Self.byteCount(of: directory)
            guard bytes < Self.mostBytes else {
                throw ServerFailure("the tables take \(bytes) bytes; no more is allowed")
            }
            guard ContinuousClock.now < giveUpAt else {
                throw ServerFailure("only \(last) of \(count) rows after \(Self.longestLoad)")
            }
        }
        _ = try mariadb.run("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        try settle()
    }

    private static func statements(_ first: Int, _ last: Int, _ passwordHash: String) -> String {
        let rows = "seq_\(first)_to_\(last)"
        // An id of version 7 from a time before any of this run's.
        let id = "UNHEX(CONCAT('018', LPAD(HEX(seq), 9, '0'), '70008000', LPAD(HEX(seq), 12, '0')))"
        let nickname = "CONCAT('p', LPAD(seq * \(spacing), 10, '0'))"
        let email = "CONCAT('p', LPAD(seq * \(spacing), 10, '0'), '@example.org')"
        return """
            INSERT INTO signups (id, email, recipient, nickname, nickname_key, password_hash, state, issue, created_at,
                expires_at)
            SELECT \(id), \(email), \(email), \(nickname), \(nickname), '\(passwordHash)', 'verified', 1,
                UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM \(rows);
            INSERT INTO members (signup_id, email, nickname, nickname_key, password_hash, created_at, verified_at)
            SELECT \(id), \(email), \(nickname), \(nickname), '\(passwordHash)', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
            FROM \(rows)
            """
    }

    private func settle() throws {
        let giveUpAt = ContinuousClock.now + Self.longestFlush
        _ = try mariadb.run("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        while ContinuousClock.now < giveUpAt {
            let status = try mariadb.run("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
            if let dirty = status.split(whereSeparator: \.isWhitespace).last.flatMap({ Int($0) }), dirty < 1000 {
                break
            }
            Thread.sleep(forTimeInterval: 0.5)
        }
        _ = try mariadb.run("SET GLOBAL innodb_max_dirty_pages_pct = 90")
    }

    static func byteCount(of directory: URL) throws -> Int {
        // Not what is allocated: Foundation takes a block of 512 bytes for one of the file system's.
        let keys: Set<URLResourceKey> = [.fileSizeKey]
        guard let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: Array(keys)) else {
            throw ServerFailure("cannot read \(directory.path)")
        }
        // A file that is deleted while we look takes no room.
        return files.reduce(0) { sum, file in
            let size = (file as? URL).flatMap { try? $0.resourceValues(forKeys: keys).fileSize }
            return sum + (size ?? 0)
        }
    }
}
