// What the client library or the server said went wrong, and what that means for a transaction.

import Signup

/// A failed call on one connection.
struct DatabaseError: Error {
    enum Kind: Equatable {
        /// A deadlock's victim or a lock that was waited for too long: run the transaction again.
        case contention
        /// The connection is gone, or answers no more. `timedOut`: it was silent for as long as we wait.
        case connectionLost(timedOut: Bool)
        /// The server will not write just now (a replica, or a primary being demoted): another connection may lead elsewhere.
        case readOnly
        /// The server could not or may not do it: no memory, no disk, too slow, no permission.
        case refused
        /// A unique key, by its name, holds such a row already.
        case duplicate(key: String)
        /// A bug of ours or a damaged schema.
        case defect
    }

    let kind: Kind
    /// `mysql_errno`; 0 when the failure is this program's own finding.
    let code: Int
    /// For logs. Server messages may quote values, so only those that cannot are in it.
    let reason: String

    /// Takes the error over from the library.
    init(code: Int, message: String, timedOut: Bool) {
        self.code = code
        kind = Self.kind(code: code, message: message, timedOut: timedOut)
        reason = Self.reason(code: code, message: message, timedOut: timedOut)
    }

    private init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
        code = 0
    }

    /// A row that does not look as the schema says.
    static func malformed(_ what: String) -> DatabaseError {
        DatabaseError(kind: .defect, reason: "unexpected data: \(what)")
    }

    /// The rows changed under a transaction in a way that only another look at them sorts out.
    static let overtaken = DatabaseError(kind: .contention, reason: "rows changed meanwhile")

    /// Nothing can be asked until the client library is there.
    static func withoutLibrary(_ problem: String) -> DatabaseError {
        DatabaseError(kind: .refused, reason: problem)
    }

    /// Another process migrates, and takes long.
    static let locked = DatabaseError(kind: .refused, reason: "another migration is running")

    /// Whether the connection is of no more use.
    var endsConnection: Bool {
        switch kind {
        case .connectionLost, .readOnly: true
        case .contention, .refused, .duplicate, .defect: false
        }
    }
}

extension DatabaseError {
    private static func kind(code: Int, message: String, timedOut: Bool) -> Kind {
        switch code {
        // ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, ER_CHECKREAD, ER_TABLE_DEF_CHANGED
        // 1467: the counter of an AUTO_INCREMENT column could not be read, as happens to the loser of a lock race too.
        case 1213, 1205, 1020, 1412, 1467: .contention
        // Every error of the client library's own, and the server's last words: shutdown, killed, broken packets.
        case 2000..<3000, 1053, 1077, 1078, 1079, 1152...1161, 1184, 1927, 4031: .connectionLost(timedOut: timedOut)
        // ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE
        case 1290, 1792, 1836: .readOnly
        case 1062: .duplicate(key: keyName(in: message))
        case _ where refusals.contains(code): .refused
        default: .defect
        }
    }

    /// Disk or memory full, too many connections or prepared statements, too slow, interrupted, during commit, cluster not ready, not
    /// permitted.
    private static let refusals: Set<Int> = [
        1021, 1026, 1028, 1030, 1037, 1038, 1040, 1041, 1044, 1045, 1047, 1049, 1114, 1129, 1130, 1135, 1142, 1143,
        1180,
        1203, 1226, 1227, 1317, 1370, 1461, 1698, 1969, 4151,
    ]

    /// Server messages that name the account, tables or limits, and never a value of a row or a parameter.
    private static let quotable: Set<Int> = [
        1040, 1044, 1045, 1049, 1053, 1054, 1129, 1130, 1142, 1143, 1146, 1203, 1205, 1213, 1226, 1227, 1290, 1317,
        1461, 1698,
        1792, 1836, 1927, 1969,
    ]

    private static func reason(code: Int, message: String, timedOut: Bool) -> String {
        if timedOut { return "no answer in time" }
        let isClientLibrarys = (2000..<3000).contains(code)
        return isClientLibrarys || quotable.contains(code) ? message : "the server refused a statement"
    }

    /// "Duplicate entry '…' for key 'NAME'": the entry may hold anything, the name is what stands in the last quotes.
    private static func keyName(in message: String) -> String {
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count >= 2 ? String(parts[parts.count - 2]) : ""
    }

    /// The failure as the port's callers see it.
    func failure(_ kind: BackendFailure.Kind, retryAfter: Duration? = nil) -> BackendFailure {
        BackendFailure(
            .mariadb,
            kind,
            nativeCode: code == 0 ? nil : code,
            reason: reason,
            retryAfter: retryAfter
        )
    }
}
