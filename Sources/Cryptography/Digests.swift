// SHA-256 and HMAC-SHA256 (FIPS 180-4, RFC 2104), through libsodium.

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
        var output = [UInt8](repeating: 0, count: 32)
        var state = keyed
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        crypto_auth_hmacsha256_final(&state, &output)
        return output
    }

    /// 32 bytes, for a key that is used once.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        HMACSHA256(key: key).authenticate(message)
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && sodium_memcmp(left, right, left.count) == 0
}
