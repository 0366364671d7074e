// What a resend changes, but for the mail: for an address that nobody waits at (privacy mode).

import Signup

struct ResendSilently: Operation {
    let order: ResendOrder

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> ResendOutcome {
        try session.change(deadline: deadline) { attempt throws(DatabaseError) in
            let connection = attempt.connection
            if let key = order.idempotency?.key, let earlier = try FindResend(idempotencyKey: key).find(on: connection)
            {
                // Our own id: an earlier try of this very call, whose answer was lost.
                return .rollBack(earlier.signupID == order.signupID ? .owed(issue: 1) : .replayed(earlier))
            }
            guard try insert(on: connection) else { return .rollBack(.owed(issue: 1)) }
            // As many round trips as a resend that reaches someone, or the clock would tell: of a signup that is not there.
            _ = try ResendCode(order: order).lockPending(on: connection)
            try connection.execute(ResendCode.advance, [.integer(1), .id(order.signupID)])
            if let retryAfter = try order.dailyCap?.charge(now: order.now, on: connection) {
                return .rollBack(.dailyCapReached(retryAfter: retryAfter))
            }
            return .commit(.owed(issue: 1))
        }
    }

    /// - Returns: `false` if an earlier try of this call has written the row: its id is random.
    private func insert(on connection: MariaDBConnection) throws(DatabaseError) -> Bool {
        let values: [Parameter] = [
            .id(order.signupID), .time(order.now), .bytes(order.idempotency?.key),
            .bytes(order.idempotency?.fingerprint),
        ]
        do {
            try connection.execute(Self.insert, values)
            return true
        } catch {
            switch error.kind {
            case .duplicate(key: "PRIMARY"): return false
            // A request of the same key came first, between our look and our write: look again.
            case .duplicate(key: "silent_resends_idempotency_key"): throw .overtaken
            default: throw error
            }
        }
    }

    private static let insert = Statement(
        "INSERT INTO silent_resends (id, created_at, idempotency_key, fingerprint) VALUES (?, ?, ?, ?)"
    )
}
