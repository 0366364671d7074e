// Unpredictable bytes from the system, through libsodium.

internal import CSodium

/// The system's random source; tests give a fixed one.
public struct SecureRandom: Sendable {
    private let fill: @Sendable (_ count: Int) -> [UInt8]

    /// The system's source.
    public init() {
        fill = { count in
            Sodium.start()
            var bytes = [UInt8](repeating: 0, count: count)
            randombytes_buf(&bytes, count)
            return bytes
        }
    }

    /// A source of the caller's, for tests.
    public init(fill: @escaping @Sendable (_ count: Int) -> [UInt8]) {
        self.fill = fill
    }

    /// `count` bytes.
    public func bytes(count: Int) -> [UInt8] {
        fill(count)
    }
}
