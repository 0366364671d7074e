// The port to password hashing: slow on purpose, on threads of its own, with a bounded queue in front.

/// An Argon2id hash in PHC string format; safe to store.
public struct PasswordHash: Sendable, Hashable {
    public let phc: String

    public init(phc: String) {
        self.phc = phc
    }
}

/// Hashes and compares passwords, and estimates how hard they are to guess.
public protocol PasswordHasher: Sendable {
    /// Argon2id with a fresh salt.
    func hash(_ password: Password, deadline: Deadline) async throws(BackendFailure) -> PasswordHash

    /// Whether the hash was made from this password, with the hash's own parameters.
    func verify(_ password: Password, against hash: PasswordHash, deadline: Deadline) async throws(BackendFailure)
        -> Bool

    /// How many bits a guesser needs, who knows the user's own words (e-mail, nickname).
    func strengthBits(of password: Password, userWords: [String], deadline: Deadline) async throws(BackendFailure)
        -> Double
}
