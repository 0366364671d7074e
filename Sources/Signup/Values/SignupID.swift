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
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var position = 0
        while position < 36 {
            if [8, 13, 18, 23].contains(position) {
                guard characters[position] == UInt8(ascii: "-") else { return nil }
                position += 1
                continue
            }
            guard let high = Hexadecimal.value(characters[position]),
                let low = Hexadecimal.value(characters[position + 1])
            else { return nil }
            bytes.append(high << 4 | low)
            position += 2
        }
        self.bytes = bytes
    }

    public var description: String {
        let digits = Hexadecimal.encode(bytes)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { range in String(digits.dropFirst(range.lowerBound).prefix(range.count)) }.joined(
            separator: "-"
        )
    }

    public static func < (left: SignupID, right: SignupID) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
