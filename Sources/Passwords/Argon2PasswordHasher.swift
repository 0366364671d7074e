// The port to password hashing, by libsodium's Argon2id and libzxcvbn's estimates, on threads of their own.

import Cryptography
public import Signup

/// Hashes and estimates, each on its lane.
///
/// Two lanes, since their costs differ a hundredfold: an estimate takes 0.3 ms (10 ms for the worst input) and comes
/// before anything else is known of a signup. Behind 64 hashes it would wait half a second for nothing, and every signup
/// would stand in that queue twice.
public final class Argon2PasswordHasher: PasswordHasher {
    private let cost: Argon2id.Cost
    private let hashing: CalculationLane
    private let estimating: CalculationLane

    /// Starts the threads: `threadCount` that hash and one that estimates.
    ///
    /// - Parameters:
    ///   - configuration: what a hash costs, and the bounds.
    ///   - hashingThreads: what the program does on each thread that hashes, for tens of milliseconds at a time.
    ///   - estimatingThread: what it does on the thread that estimates.
    public init(
        configuration: PasswordHashingConfiguration = PasswordHashingConfiguration(),
        hashingThreads: ThreadHooks = ThreadHooks(),
        estimatingThread: ThreadHooks = ThreadHooks()
    ) {
        cost = configuration.cost
        hashing = CalculationLane(
            name: "argon2",
            threadCount: configuration.threadCount,
            capacity: configuration.queueCapacity,
            niceness: configuration.niceness,
            hooks: hashingThreads
        )
        estimating = CalculationLane(
            name: "zxcvbn",
            threadCount: 1,
            capacity: configuration.estimateQueueCapacity,
            niceness: configuration.niceness,
            hooks: estimatingThread
        )
    }

    public func hash(_ password: Password, deadline: Deadline) async throws(BackendFailure) -> PasswordHash {
        let cost = cost
        return try await hashing.run(deadline: deadline) { () throws(BackendFailure) in
            do throws(Argon2id.Failure) {
                return PasswordHash(phc: try Argon2id.hash(password.bytes, cost: cost))
            } catch {
                throw BackendFailure(error)
            }
        }
    }

    public func verify(
        _ password: Password,
        against hash: PasswordHash,
        deadline: Deadline
    ) async throws(BackendFailure) -> Bool {
        try await hashing.run(deadline: deadline) { () throws(BackendFailure) in
            do throws(Argon2id.Failure) {
                return try Argon2id.verify(password.bytes, against: hash.phc)
            } catch {
                throw BackendFailure(error)
            }
        }
    }

    public func strengthBits(
        of password: Password,
        userWords: [String],
        deadline: Deadline
    ) async throws(BackendFailure) -> Double {
        try await estimating.run(deadline: deadline) {
            estimatedBits(of: password.bytes, userWords: userWords)
        }
    }

    /// How many hashes wait for a thread, for `service.stats`.
    public var queuedHashCount: Int { hashing.queuedCount }

    /// Takes no more, finishes what is queued, and blocks until the threads have ended. Idempotent.
    public func shutDown() {
        hashing.shutDown()
        estimating.shutDown()
    }
}

extension BackendFailure {
    fileprivate init(_ failure: Argon2id.Failure) {
        switch failure {
        case .outOfMemory:
            self.init(.passwords, .unavailable, reason: "not enough memory for Argon2id")
        case .malformedHash:
            self.init(.passwords, .defect, reason: "a stored password hash is no Argon2id hash")
        }
    }
}
