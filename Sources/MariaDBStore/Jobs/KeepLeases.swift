// What a courier asks of its leases before it sends, and how it gives them back.

import Signup

/// Finds those of the leases that still hold.
struct ConfirmLeases: Operation {
    let leases: [LeaseReference]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Set<LeaseReference> {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            var live: Set<LeaseReference> = []
            for some in leases.inLists() { live.formUnion(try findLive(some, on: connection)) }
            return live.intersection(leases)
        }
    }

    /// Those of them that hold, and maybe some that lie between them.
    private func findLive(
        _ leases: ArraySlice<LeaseReference>,
        on connection: MariaDBConnection
    ) throws(DatabaseError) -> [LeaseReference] {
        let ids = leases.map(\.outboxID)
        guard let first = ids.min(), let last = ids.max() else { return [] }
        // What was claimed together mostly lies side by side, and in a row it costs the server half of what it costs one by one.
        let isRow = last - first < 2 * Int64(ids.count)
        let (statement, values) =
            isRow ? (Self.findRow, [.integer(first), .integer(last)]) : Self.find.padded(ids.map { .integer($0) })
        return try connection.query(statement, [.time(now)] + values) { row throws(DatabaseError) in
            LeaseReference(outboxID: try row.integer(0), token: UInt64(bitPattern: try row.integer(1)))
        }
    }

    private static let find = ListStatement(
        "SELECT id, lease_token FROM outbox WHERE state = 'queued' AND lease_until > ? AND id IN (?*)"
    )
    private static let findRow = Statement(
        """
        SELECT id, lease_token FROM outbox FORCE INDEX (PRIMARY)
        WHERE state = 'queued' AND lease_until > ? AND id BETWEEN ? AND ?
        """
    )
}

/// Gives leases back unused.
struct ReleaseMail: Operation {
    let leases: [LeaseReference]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) {
        guard !leases.isEmpty else { return }
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            for lease in leases.sorted(by: { $0.outboxID < $1.outboxID }) {
                let values: [Parameter] = [.time(now), .integer(lease.outboxID), .unsigned(lease.token)]
                try attempt.connection.execute(Self.release, values)
            }
            return .commit(())
        }
    }

    private static let release = Statement(
        """
        UPDATE outbox SET attempts = GREATEST(attempts, 1) - 1, lease_until = NULL, due_at = ?
        WHERE id = ? AND lease_token = ? AND lease_until IS NOT NULL AND state = 'queued'
        """
    )
}
