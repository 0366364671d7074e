// What a courier asks of its leases before it sends, and how it gives them back.

import Signup

/// Finds those of the leases that still hold.
struct ConfirmLeases: Operation {
    let leases: [LeaseReference]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Set<LeaseReference> {
        let asked = Set(leases)
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            var ours: Set<LeaseReference> = []
            for some in leases.inLists() {
                let list = Self.find.padded(some.map { .integer($0.outboxID) })
                let live = try connection.query(list.statement, [.time(now)] + list.values) {
                    row throws(DatabaseError) in
                    LeaseReference(outboxID: try row.integer(0), token: UInt64(bitPattern: try row.integer(1)))
                }
                ours.formUnion(live)
            }
            return ours.intersection(asked)
        }
    }

    private static let find = ListStatement(
        "SELECT id, lease_token FROM outbox WHERE state = 'queued' AND lease_until > ? AND id IN (?*)"
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
