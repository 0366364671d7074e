// Clears away what nobody waits for any more: signups never verified, mail long sent or given up, old idempotency keys.

public import Logging

/// How often there is a round, and how gently.
public struct JanitorPolicy: Sendable {
    /// Between two rounds, give or take half: processes that started together do not purge together.
    public var interval: Duration = .seconds(300)
    /// Between two batches of a round: the members' own requests go first.
    public var pause: Duration = .milliseconds(100)
    /// How long one batch may take.
    public var storeTimeout: Duration = .seconds(15)
    /// What is old enough, and how large a batch is.
    public var retention = Retention()

    /// The times of the design.
    public init() {}
}

/// Purges in small batches, round after round. Any number of janitors may share one store.
public struct Janitor: Sendable {
    private let accounts: any AccountStore
    private let policy: JanitorPolicy
    private let clock: WallClock
    private let logger: Logger

    public init(accounts: any AccountStore, policy: JanitorPolicy, clock: WallClock, logger: Logger) {
        self.accounts = accounts
        self.policy = policy
        self.clock = clock
        self.logger = logger
    }

    /// Purges until the task is cancelled. A store that is away is asked again in the next round.
    public func run() async {
        var isFailing = false
        while await sleep(policy.interval * Double.random(in: 0.5...1.5)) {
            do throws(BackendFailure) {
                try await purge()
                isFailing = false
            } catch {
                // Said once, not every round: the requests tell of a store that is away, too.
                if !isFailing { logger.warning("old rows cannot be purged", metadata: ["cause": "\(error)"]) }
                isFailing = true
            }
        }
    }

    /// One round: batch after batch until nothing is left.
    private func purge() async throws(BackendFailure) {
        var total = 0
        while true {
            let deadline = Deadline.now + policy.storeTimeout
            let count = try await accounts.purge(policy.retention, now: clock.now(), deadline: deadline)
            total += count
            guard count > 0, await sleep(policy.pause) else { break }
        }
        if total > 0 { logger.info("old rows are purged", metadata: ["rows": "\(total)"]) }
    }

    /// Returns whether to go on: `false` once the task is cancelled.
    private func sleep(_ duration: Duration) async -> Bool {
        // Sleep only ever fails by cancellation, which is asked for right behind it.
        try? await Task.sleep(for: duration)
        return !Task.isCancelled
    }
}
