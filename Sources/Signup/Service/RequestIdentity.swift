// How a request that comes again is known: by the client's key, and by what it asked for.

import Cryptography

/// A request under an idempotency key.
struct RequestIdentity: Sendable {
    /// What the store keeps unique: the method and the client's key. A plain digest, for neither is a secret.
    let key: [UInt8]
    /// Everything that was asked, without the password.
    private let canonical: [UInt8]

    /// `nil` without a key. `parameters` in a fixed order, an absent one as `nil`.
    init?(method: String, key: String?, parameters: [String?]) {
        guard let key else { return nil }
        self.key = SHA256.digest(Array("\(method)\0\(key)".utf8))
        // A length before each text, so that no two lists of parameters look alike.
        canonical = ([method] + parameters).flatMap { text in
            text.map { Array("\($0.utf8.count):\($0)".utf8) } ?? Array("-".utf8)
        }
    }

    /// What to store beside the request's outcome.
    func idempotency(under keys: SigningKeys) -> Idempotency {
        Idempotency(key: key, fingerprint: keys.current.fingerprint(of: canonical))
    }

    /// Whether a stored fingerprint was made from the same parameters, under any secret still in force.
    func matches(_ fingerprint: [UInt8]?, under keys: SigningKeys) -> Bool {
        guard let fingerprint else { return false }
        return keys.all.contains { constantTimeEquals($0.fingerprint(of: canonical), fingerprint) }
    }
}
