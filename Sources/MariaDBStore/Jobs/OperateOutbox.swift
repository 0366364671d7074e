// What an operator does to the outbox: queue mail again, or drop it.

import Signup

/// A row in an operator's hands, locked.
private struct HandledRow {
    let id: Int64
    let signupID: SignupID

    init(_ row: ResultRow) throws(DatabaseError) {
        id = try row.integer(0)
        signupID = try row.signupID(1)
    }
}

/// Makes rows due now, the dead ones with a new life. Rows that are being sent, and mail nobody waits for, stay as they are.
struct RetryMail: Operation {
    let ids: [Int64]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [Int64] {
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            var changed: [Int64] = []
            for ids in Set(ids).sorted().inLists() {
                changed += try retry(Array(ids), on: attempt.connection)
            }
            return .commit(changed)
        }
    }

    private func retry(_ ids: [Int64], on connection: MariaDBConnection) throws(DatabaseError) -> [Int64] {
        let candidates = Self.lock.padded(ids.map { .integer($0) })
        let rows = try connection.query(candidates.statement, candidates.values + [.time(now)]) {
            row throws(DatabaseError) in try HandledRow(row)
        }
        guard !rows.isEmpty else { return [] }
        let signups = Self.lockSignups.padded(Set(rows.map(\.signupID)).sorted().map { .id($0) })
        let waiting = Set(
            try connection.query(signups.statement, signups.values) { row throws(DatabaseError) in try row.signupID(0) }
        )
        let wanted = rows.filter { waiting.contains($0.signupID) }
        guard !wanted.isEmpty else { return [] }
        let queue = Self.queue.padded(wanted.map { .integer($0.id) })
        try connection.execute(queue.statement, [.time(now)] + queue.values)
        let owe = Self.oweAgain.padded(Set(wanted.map(\.signupID)).sorted().map { .id($0) })
        try connection.execute(owe.statement, owe.values)
        return wanted.map(\.id)
    }

    private static let lock = ListStatement(
        """
        SELECT id, signup_id FROM outbox
        WHERE id IN (?*) AND state IN ('queued', 'dead') AND (lease_until IS NULL OR lease_until <= ?)
        ORDER BY id FOR UPDATE
        """
    )
    private static let lockSignups = ListStatement(
        "SELECT id FROM signups WHERE id IN (?*) AND state = 'pending' ORDER BY id FOR UPDATE"
    )
    /// The attempts are set while the state is still the old one: MariaDB assigns from left to right.
    private static let queue = ListStatement(
        """
        UPDATE outbox SET attempts = IF(state = 'dead', 0, attempts), state = 'queued', lease_until = NULL, due_at = ?
        WHERE id IN (?*)
        """
    )
    private static let oweAgain = ListStatement("UPDATE signups SET expires_at = NULL WHERE id IN (?*)")
}

/// Deletes queued or dead rows.
struct DropMail: Operation {
    let ids: [Int64]
    let earlierCodesLive: Duration
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [Int64] {
        var dropped: [Int64] = []
        return try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            // Ids are not handed out twice: what an attempt deleted and is gone now, it deleted.
            let earlier = attempt.isRepeat ? dropped : []
            dropped = []
            for ids in Set(ids).sorted().inLists() {
                dropped += try drop(Array(ids), on: attempt.connection)
            }
            return .commit(Set(dropped).union(earlier).sorted())
        }
    }

    private func drop(_ ids: [Int64], on connection: MariaDBConnection) throws(DatabaseError) -> [Int64] {
        let candidates = Self.lock.padded(ids.map { .integer($0) })
        let rows = try connection.query(candidates.statement, candidates.values) {
            row throws(DatabaseError) in try HandledRow(row)
        }
        guard !rows.isEmpty else { return [] }
        let signupIDs = Set(rows.map(\.signupID))
        let signups = Self.lockSignups.padded(signupIDs.sorted().map { .id($0) })
        _ = try connection.query(signups.statement, signups.values) { row throws(DatabaseError) in try row.signupID(0) }
        let delete = Self.delete.padded(rows.map { .integer($0.id) })
        try connection.execute(delete.statement, delete.values)
        try EndOfSignups(ids: signupIDs, earlierCodesLive: earlierCodesLive, now: now).write(on: connection)
        return rows.map(\.id)
    }

    private static let lock = ListStatement(
        "SELECT id, signup_id FROM outbox WHERE id IN (?*) AND state IN ('queued', 'dead') ORDER BY id FOR UPDATE"
    )
    private static let lockSignups = ListStatement("SELECT id FROM signups WHERE id IN (?*) ORDER BY id FOR UPDATE")
    private static let delete = ListStatement("DELETE FROM outbox WHERE id IN (?*)")
}
