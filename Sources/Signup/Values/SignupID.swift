// The id of one attempt to join: a UUID of version 7, so that ids made later sort later.

public import Cryptography

/// 16 bytes, UUIDv7 (RFC 9562, section 5.7). Written as 36 lower-case characters.
public struct SignupID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 16 bytes, big-endian.
    public let bytes: [UInt8]

    /// Makes a new id: 48 bits of time, then 74 random bits.
    public init(now: Timestamp, random: SecureRandom = SecureRandom()) {
        let milliseconds = UInt64(now.millisecondsSince1970)
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        bytes += random.bytes(count: 10)
        bytes[6] = 0x70 | (bytes[6] & 0x0F)
        bytes[8] = 0x80 | (bytes[8] & 0x3F)
        self.bytes = bytes
    }

    /// Reads an id from a store. `nil` unless it is 16 bytes long.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads the form with dashes, in either case, as a client sends it.
    public init?(_ text: String) {
        guard text.utf8.count == Self.textByteCount else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        var characters = text.utf8.makeIterator()
        for index in 0..<16 {
            if Self.isPrecededByDash(index) {
                guard characters.next() == UInt8(ascii: "-") else { return nil }
            }
            guard let high = characters.next().flatMap(Hexadecimal.value),
                let low = characters.next().flatMap(Hexadecimal.value)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    public var description: String {
        String(unsafeUninitializedCapacity: Self.textByteCount) { text in
            var end = 0
            for (index, byte) in bytes.enumerated() {
                if Self.isPrecededByDash(index) {
                    text[end] = UInt8(ascii: "-")
                    end += 1
                }
                text[end] = Hexadecimal.digit(byte >> 4)
                text[end + 1] = Hexadecimal.digit(byte & 0x0F)
                end += 2
            }
            return end
        }
    }

    /// 32 digits and 4 dashes.
    private static let textByteCount = 36

    /// The groups are of 4, 2, 2, 2 and 6 bytes.
    private static func isPrecededByDash(_ index: Int) -> Bool {
        index == 4 || index == 6 || index == 8 || index == 10
    }

    public static func < (left: SignupID, right: SignupID) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
