// Which letters are Latin, Greek or Cyrillic: three alphabets whose look-alikes make one name pass for another.

/// An alphabet that must not be mixed with the other two.
enum Script: Hashable, CaseIterable {
    case latin
    case greek
    case cyrillic

    /// The script of a letter in normal form KC; `nil` for what is no letter, or is of no script named here.
    init?(of scalar: Unicode.Scalar) {
        guard scalar.properties.isAlphabetic,
            let script = Self.allCases.first(where: { $0.ranges.contains { $0.contains(scalar.value) } })
        else { return nil }
        self = script
    }

    /// Code points, after Scripts.txt of the Unicode Character Database (16.0). Only letters count, so a range may span what
    /// is none; letters that normal form KC replaces are left out.
    private var ranges: [ClosedRange<UInt32>] {
        switch self {
        case .latin: Self.latinRanges
        case .greek: Self.greekRanges
        case .cyrillic: Self.cyrillicRanges
        }
    }

    private static let latinRanges: [ClosedRange<UInt32>] = [
        0x0041...0x02AF, 0x1D00...0x1D25, 0x1D2C...0x1DBF, 0x1E00...0x1EFF, 0x2132...0x2188, 0x2C60...0x2C7F,
        0xA722...0xA787, 0xA78B...0xA7FF, 0xAB30...0xAB64, 0xAB66...0xAB68, 0x10780...0x107BF, 0x1DF00...0x1DFFF,
    ]
    private static let greekRanges: [ClosedRange<UInt32>] = [
        0x0370...0x03E1, 0x03F0...0x03FF, 0x1D26...0x1D2A, 0x1F00...0x1FFF, 0xAB65...0xAB65,
    ]
    private static let cyrillicRanges: [ClosedRange<UInt32>] = [
        0x0400...0x052F, 0x1C80...0x1C8F, 0x1D2B...0x1D2B, 0xA640...0xA69F,
    ]
}
