// Random places that come back: a failure names its seed.

/// The same numbers for the same seed (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Cuts bytes into 1 to `most` pieces, somewhere.
    public mutating func pieces(of bytes: [UInt8], most: Int) -> [ArraySlice<UInt8>] {
        let cuts = (0..<Int.random(in: 0..<most, using: &self)).map { _ in
            Int.random(in: 0...bytes.count, using: &self)
        }.sorted()
        return zip([0] + cuts, cuts + [bytes.count]).map { bytes[$0..<$1] }
    }
}
