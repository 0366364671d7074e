// The id of one attempt to join: a UUID of version 7, so that ids made later sort later.

public import Cryptography

/// 16 bytes, UUIDv7 (RFC 9562, section 5.7). Written as 36 lower-case characters.
public struct SignupID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Two numbers rather than a list: an id is copied, compared and looked up many times in the life of a request.
    private let high: UInt64
    private let low: UInt64

    /// The 16 bytes, big-endian.
    public var bytes: Bytes { Bytes(high: high, low: low) }

    /// Bytes of an id, in no memory of their own.
    public struct Bytes: RandomAccessCollection, Sendable {
        @usableFromInline let high: UInt64
        @usableFromInline let low: UInt64

        @inlinable public var startIndex: Int { 0 }
        @inlinable public var endIndex: Int { 16 }

        @inlinable public subscript(index: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - index % 8 * 8))
        }
    }

    /// Makes a new id: 48 bits of time, then 74 random bits.
    public init(now: Timestamp, random: SecureRandom = SecureRandom()) {
        let noise = random.bytes(count: 10)
        let versioned = UInt64(bigEndian: noise.prefix(2)) & 0x0FFF | 0x7000
        high = UInt64(now.millisecondsSince1970) << 16 | versioned
        low = UInt64(bigEndian: noise.suffix(8)) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads an id from a store. `nil` unless it is 16 bytes long.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.prefix(8))
        low = UInt64(bigEndian: bytes.suffix(8))
    }

    /// Reads the form with dashes, in either case, as a client sends it.
    public init?(_ text: String) {
        var text = text
        guard let (high, low) = text.withUTF8(Self.halves) else { return nil }
        (self.high, self.low) = (high, low)
    }

    private static func halves(of text: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == textByteCount else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for index in 0..<16 {
            if isPrecededByDash(index) {
                guard text[position] == UInt8(ascii: "-") else { return nil }
                position += 1
            }
            guard let high = Hexadecimal.value(text[position]), let low = Hexadecimal.value(text[position + 1])
            else { return nil }
            position += 2
            let byte = UInt64(high << 4 | low)
            if index < 8 { halves.high = halves.high << 8 | byte } else { halves.low = halves.low << 8 | byte }
        }
        return halves
    }

    public var description: String {
        String(unsafeUninitializedCapacity: Self.textByteCount) { text in
            var end = 0
            for index in 0..<16 {
                let byte = bytes[index]
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
        (left.high, left.low) < (right.high, right.low)
    }
}

extension UInt64 {
    /// The number that up to 8 bytes are, the first counting most.
    fileprivate init(bigEndian bytes: some Sequence<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
