// The outbox's port, call by call.

public import Signup

extension MariaDBStore: Outbox {
    public func claim(
        limit: Int,
        mailsPerHour: Int,
        keyID: KeyID,
        lease: Duration,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OwedMail] {
        guard limit > 0 else { return [] }
        let operation = ClaimMail(
            limit: limit,
            mailsPerHour: mailsPerHour,
            keyID: keyID,
            lease: lease,
            now: now,
            position: claimPosition
        )
        return try await perform(operation, deadline)
    }

    public func confirm(
        _ leases: [LeaseReference],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Set<LeaseReference> {
        try await perform(ConfirmLeases(leases: leases, now: now), deadline)
    }

    public func settle(
        _ lease: LeaseReference,
        as settlement: Settlement,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Bool {
        try await share(LeaseSettlement(lease: lease, settlement: settlement, now: now), deadline, on: settlements)
    }

    public func settle(
        _ endings: [AttemptEnding],
        now: Timestamp,
        deadline: Deadline
    ) async -> [Result<Bool, BackendFailure>] {
        let work = endings.map { LeaseSettlement(lease: $0.lease, settlement: $0.settlement, now: now) }
        return await share(work, deadline, on: settlements)
    }

    public func release(
        _ leases: [LeaseReference],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) {
        try await perform(ReleaseMail(leases: leases, now: now), deadline)
    }

    public func nextDue(deadline: Deadline) async throws(BackendFailure) -> Timestamp? {
        try await perform(FindNextDue(), deadline)
    }

    public func countDue(
        of signups: [SignupID],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Int {
        try await perform(CountDue(signups: signups, now: now), deadline)
    }

    public func backlog(deadline: Deadline) async throws(BackendFailure) -> OutboxBacklog {
        try await perform(MeasureBacklog(), deadline)
    }

    public func list(
        state: OutboxState?,
        behind position: OutboxEntry.Position?,
        limit: Int,
        deadline: Deadline
    ) async throws(BackendFailure) -> [OutboxEntry] {
        try await perform(ListMail(state: state, position: position, limit: limit), deadline)
    }

    public func retry(
        ids: [Int64],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [Int64] {
        try await perform(RetryMail(ids: ids, now: now), deadline)
    }

    public func drop(
        ids: [Int64],
        earlierCodesLive: Duration,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> [Int64] {
        try await perform(DropMail(ids: ids, earlierCodesLive: earlierCodesLive, now: now), deadline)
    }
}
