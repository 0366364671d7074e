// Argon2id (RFC 9106) in PHC string format, through libsodium: how a password is kept.

internal import CSodium
import Glibc

/// Slow and memory-hungry on purpose; call it only where blocking is allowed.
public enum Argon2id {
    /// What one hash costs: whoever hashes and whoever guesses.
    public struct Cost: Sendable, Hashable {
        /// What libsodium takes, up to 4 GiB: more is a slip of the finger.
        public static let memoryKiBRange = 8...4_194_304
        /// From what libsodium takes to where a hash of the least memory still ends this second.
        public static let iterationsRange = 1...10_000

        public let memoryKiB: Int
        public let iterations: Int

        /// Both within their range.
        public init(memoryKiB: Int, iterations: Int) {
            precondition(Self.memoryKiBRange.contains(memoryKiB) && Self.iterationsRange.contains(iterations))
            self.memoryKiB = memoryKiB
            self.iterations = iterations
        }
    }

    /// Why there is no answer.
    public enum Failure: Error, Sendable, Equatable {
        /// The system would not lend the memory that the cost asks for.
        case outOfMemory
        /// The text is no Argon2id hash.
        case malformedHash
    }

    /// Hashes with a fresh random salt: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`.
    public static func hash(_ password: SecretBytes, cost: Cost) throws(Failure) -> String {
        Sodium.start()
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_argon2id_STRBYTES))
        let status = withCharacters(of: password) { characters, count in
            crypto_pwhash_argon2id_str(&text, characters, count, UInt64(cost.iterations), cost.memoryKiB * 1024)
        }
        guard status == 0 else { throw .outOfMemory }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the hash was made from this password, at the cost that the hash itself names.
    public static func verify(_ password: SecretBytes, against phc: String) throws(Failure) -> Bool {
        Sodium.start()
        errno = 0
        let status = withCharacters(of: password) { characters, count in
            crypto_pwhash_argon2id_str_verify(phc, characters, count)
        }
        // libsodium says -1 for everything, and sets EINVAL where the hash was read and did not match. It does so too where
        // there was no memory: then the right password counts as wrong, never a wrong one as right.
        let isMismatch = errno == EINVAL
        if status == 0 { return true }
        guard isMismatch else { throw .malformedHash }
        return false
    }
}

/// Lends a password as C wants it: a pointer that is never null, and a length.
private func withCharacters<Result>(
    of password: SecretBytes,
    _ body: (UnsafePointer<CChar>, UInt64) -> Result
) -> Result {
    password.withBytes { bytes in
        guard let address = bytes.bindMemory(to: CChar.self).baseAddress else {
            preconditionFailure("SecretBytes has memory of its own, even for no bytes")
        }
        return body(address, UInt64(bytes.count))
    }
}
