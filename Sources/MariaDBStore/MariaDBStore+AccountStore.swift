// The account store's port, call by call.

public import Signup

extension MariaDBStore: AccountStore {
    public func survey(
        email: EmailAddress,
        nickname: Nickname,
        dailyCap: DailyCap?,
        idempotencyKey: [UInt8]?,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Survey {
        let operation = SurveyNames(
            email: email,
            nickname: nickname,
            dailyCap: dailyCap,
            idempotencyKey: idempotencyKey,
            now: now
        )
        return try await perform(operation, deadline)
    }

    public func record(_ signup: NewSignup, deadline: Deadline) async throws(BackendFailure) -> RecordOutcome {
        try await perform(RecordSignup(signup: signup), deadline)
    }

    public func activate(
        _ activation: Activation,
        deadline: Deadline
    ) async throws(BackendFailure) -> ActivationOutcome {
        try await share(activation, deadline, on: activations)
    }

    public func signup(_ id: SignupID, deadline: Deadline) async throws(BackendFailure) -> SignupRecord? {
        try await perform(FindSignup(id: id), deadline)
    }

    public func signup(
        recordedUnder idempotencyKey: [UInt8],
        deadline: Deadline
    ) async throws(BackendFailure) -> SignupRecord? {
        try await perform(FindSignupByKey(idempotencyKey: idempotencyKey), deadline)
    }

    public func newestPendingSignup(
        email: String,
        deadline: Deadline
    ) async throws(BackendFailure) -> SignupRecord? {
        try await perform(FindNewestPending(email: email), deadline)
    }

    public func resend(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome {
        try await perform(ResendCode(order: order), deadline)
    }

    public func resendSilently(_ order: ResendOrder, deadline: Deadline) async throws(BackendFailure) -> ResendOutcome {
        try await perform(ResendSilently(order: order), deadline)
    }

    public func resend(
        recordedUnder idempotencyKey: [UInt8],
        deadline: Deadline
    ) async throws(BackendFailure) -> RecordedResend? {
        try await perform(FindResend(idempotencyKey: idempotencyKey), deadline)
    }

    public func count(
        _ cap: DailyCap,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> DailyCount {
        try await perform(CountDaily(cap: cap, now: now), deadline)
    }

    public func standing(
        of reference: SignupReference,
        deadline: Deadline
    ) async throws(BackendFailure) -> Standing {
        try await perform(FindStanding(reference: reference), deadline)
    }

    public func purge(
        _ retention: Retention,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Int {
        try await perform(PurgeRows(retention: retention, now: now), deadline)
    }

    public func ping(deadline: Deadline) async throws(BackendFailure) {
        try await perform(Ping(), deadline)
    }
}
