// The six characters that prove a mailbox.

/// 6 characters of an alphabet without look-alikes: 30⁶ ≈ 7.3×10⁸ codes.
public struct VerificationCode: Sendable, Hashable {
    /// 30 symbols nobody confuses: no 0 1 I L O U.
    public static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    /// How many of them make a code.
    public static let length = 6
    /// The longest input worth reading: a code with a space or dash after every character, twice over.
    private static let maximumTypedByteCount = 32
    /// How long a code that was used gives the same answer again, past its own end too: a client that lost the reply asks again.
    public static let graceAfterUse = Duration.seconds(600)

    /// Upper case, without spaces or dashes: what is compared, and what the mail shows.
    public let text: String

    /// Reads what a person typed: either case, spaces and dashes ignored. `nil` if it can be no code.
    public init?(typed: String) {
        guard typed.utf8.count <= Self.maximumTypedByteCount else { return nil }
        var symbols: [UInt8] = []
        for byte in typed.utf8 where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "-") {
            let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
            guard Self.alphabet.contains(upper) else { return nil }
            symbols.append(upper)
        }
        guard symbols.count == Self.length else { return nil }
        text = String(decoding: symbols, as: UTF8.self)
    }

    /// A text in which this code, in either case, is not to be read.
    func hidden(in text: String) -> String {
        let bytes = Array(text.utf8)
        let upper = bytes.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }
        let places = upper.ranges(of: Array(self.text.utf8))
        guard !places.isEmpty else { return text }
        var hidden = bytes
        for place in places.reversed() { hidden.replaceSubrange(place, with: Array("(code)".utf8)) }
        return String(decoding: hidden, as: UTF8.self)
    }

    /// Spells the first 8 of some uniformly random bytes. 2⁶⁴ over 30⁶ leaves a bias below 10⁻¹⁰.
    init(random: [UInt8]) {
        var number = random.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let base = UInt64(Self.alphabet.count)
        var symbols: [UInt8] = []
        for _ in 0..<Self.length {
            symbols.append(Self.alphabet[Int(number % base)])
            number /= base
        }
        text = String(decoding: symbols, as: UTF8.self)
    }
}
