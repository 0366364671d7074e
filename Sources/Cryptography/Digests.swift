// SHA-256 and HMAC-SHA256 (FIPS 180-4, RFC 2104), and BLAKE2b (RFC 7693), through libsodium.

internal import CSodium

/// A keyless digest: for names, never for secrets.
public enum SHA256 {
    /// 32 bytes.
    public static func digest(_ message: [UInt8]) -> [UInt8] {
        Sodium.start()
        var output = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256(&output, message, UInt64(message.count))
        return output
    }
}

/// A keyed digest.
public final class HMACSHA256: Sendable {
    /// The key, digested: half of the work on a short message.
    private let keyed: crypto_auth_hmacsha256_state

    /// The key may have any length.
    public init(key: [UInt8]) {
        Sodium.start()
        var state = crypto_auth_hmacsha256_state()
        crypto_auth_hmacsha256_init(&state, key, key.count)
        keyed = state
    }

    /// 32 bytes.
    public func authenticate(_ message: [UInt8]) -> [UInt8] {
        var state = keyed
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        return [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            guard let start = output.baseAddress else { preconditionFailure("it has a capacity") }
            crypto_auth_hmacsha256_final(&state, start)
            count = 32
        }
    }

    /// 32 bytes, for a key that is used once.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        HMACSHA256(key: key).authenticate(message)
    }
}

/// The digest for what is made for every request: libsodium's takes a fifth of the instructions of its SHA-256.
public enum BLAKE2b {
    /// Of a digest, and of the key of a keyed one.
    public static let byteCount = 32

    /// Lends the 32 bytes of a message's digest; the pointer must not outlive the closure.
    ///
    /// - Parameters:
    ///   - message: the text whose UTF-8 is digested.
    ///   - key: 32 bytes that make it a digest only their holder can compute; `nil` for a name that depends on no secret.
    ///   - body: is called once, with the digest.
    public static func withDigest<Result>(
        of message: String,
        key: [UInt8]? = nil,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        precondition(key == nil || key?.count == byteCount, "a key has 32 bytes")
        Sodium.start()
        var message = message
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { output in
            guard let start = output.baseAddress else { preconditionFailure("it has a capacity") }
            message.withUTF8 { bytes in
                _ = crypto_generichash(
                    start,
                    byteCount,
                    bytes.baseAddress,
                    UInt64(bytes.count),
                    key,
                    key?.count ?? 0
                )
            }
            return body(UnsafeRawBufferPointer(output))
        }
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && sodium_memcmp(left, right, left.count) == 0
}
