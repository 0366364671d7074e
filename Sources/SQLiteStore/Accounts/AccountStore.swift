// The account store's port: which call runs which operation, and whether it may write.

public import Signup

extension SQLiteStore: AccountStore {
    public func survey(
        email: EmailAddress,
        nickname: Nickname,
        dailyCap: DailyCap?,
        idempotencyKey: [UInt8]?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Survey {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.survey(
                email: email,
                nickname: nickname,
                dailyCap: dailyCap,
                idempotencyKey: idempotencyKey,
                now: now
            )
        }
    }

    public func record(_ signup: NewSignup, deadline: Deadline) async throws(BackendFailure) -> RecordOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.record(signup) }
    }

    public func activate(
        _ activation: Activation,
        deadline: Deadline
    ) async throws(BackendFailure) -> ActivationOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.activate(activation) }
    }

    public func signup(_ id: SignupID, deadline: Deadline) async throws(BackendFailure) -> SignupRecord? {
        try await read(deadline) { transaction throws(BackendFailure) in try transaction.signup(id) }
    }

    public func signup(
        recordedUnder idempotencyKey: [UInt8],
        deadline: Deadline
    ) async throws(BackendFailure) -> SignupRecord? {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.signup(idempotencyKey: idempotencyKey)
        }
    }

    public func newestPendingSignup(
        email: String,
        deadline: Deadline
    ) async throws(BackendFailure) -> SignupRecord? {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.newestPendingSignup(email: email)
        }
    }

    public func resend(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.resend(order) }
    }

    public func resendSilently(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.resendSilently(order) }
    }

    public func resend(
        recordedUnder idempotencyKey: [UInt8],
        deadline: Deadline
    ) async throws(BackendFailure) -> RecordedResend? {
        try await read(deadline) { transaction throws(BackendFailure) in
            try transaction.recordedResend(key: idempotencyKey)
        }
    }

    public func count(
        _ cap: DailyCap,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> DailyCount {
        try await write(deadline) { transaction throws(BackendFailure) in try transaction.count(cap, now: now) }
    }

    public func standing(
        of reference: SignupReference,
        deadline: Deadline
    ) async throws(BackendFailure) -> Standing {
        try await read(deadline) { transaction throws(BackendFailure) in try transaction.standing(of: reference) }
    }

    public func purge(
        _ retention: Retention,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Int {
        try await write(deadline) { transaction throws(BackendFailure) in
            try transaction.purge(retention, now: now)
        }
    }

    public func ping(deadline: Deadline) async throws(BackendFailure) {
        try await read(deadline) { transaction throws(BackendFailure) in try transaction.ping() }
    }
}

extension Transaction {
    /// Reads one page through the log, so that a file that went away is noticed.
    fileprivate func ping() throws(BackendFailure) {
        guard try exists("SELECT 1 FROM sqlite_schema LIMIT 1", []) else {
            throw SQLiteFailure.damaged("no tables")
        }
    }
}
