// The outbox's port: which call runs which operation, and whether it may write.

public import Signup

extension SQLiteStore: Outbox {
    public func claim(
        limit: Int,
        mailsPerHour: Int,
        keyID: KeyID,
        lease: Duration,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OwedMail] {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.claim(limit: limit, mailsPerHour: mailsPerHour, keyID: keyID, lease: lease, now: now)
        }
    }

    public func confirm(
        _ leases: [LeaseReference],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Set<LeaseReference> {
        try await read(deadline) { transaction throws(BackendFailure) in
            var ours: Set<LeaseReference> = []
            for lease in leases where try transaction.holds(lease, beyond: now) { ours.insert(lease) }
            return ours
        }
    }

    public func settle(
        _ lease: LeaseReference,
        as settlement: Settlement,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Bool {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.settle(lease, as: settlement, now: now)
        }
    }

    public func release(
        _ leases: [LeaseReference],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) {
        try await write(deadline) { transaction throws(BackendFailure) in
            for lease in leases { try transaction.release(lease) }
        }
    }

    public func nextDue(deadline: Deadline) async throws(BackendFailure) -> Timestamp? {
        try await read(deadline) { transaction throws(BackendFailure) in try transaction.nextDue() }
    }

    public func countDue(
        of signups: [SignupID],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Int {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.countDue(of: signups, now: now)
        }
    }

    public func backlog(deadline: Deadline) async throws(BackendFailure) -> OutboxBacklog {
        try await read(deadline) { transaction throws(BackendFailure) in try transaction.backlog() }
    }

    public func list(
        state: OutboxState?,
        behind position: OutboxEntry.Position?,
        limit: Int,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OutboxEntry] {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.list(state: state, behind: position, limit: limit)
        }
    }

    public func retry(
        ids: [Int64],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [Int64] {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.retry(ids: ids, now: now)
        }
    }

    public func drop(
        ids: [Int64],
        earlierCodesLive: Duration,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [Int64] {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.drop(ids: ids, earlierCodesLive: earlierCodesLive)
        }
    }
}
