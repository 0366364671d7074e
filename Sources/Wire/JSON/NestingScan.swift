// How deep a text nests, found without recursion and before the parser, which recurses, sees it.

/// What the brackets and quotes of a text tell, whether or not it is JSON.
struct NestingScan {
    /// The most brackets that were open at once.
    private(set) var depth = 0
    /// The text ends within a string, an array or an object.
    let isUnclosed: Bool

    init(_ text: UnsafeRawBufferPointer) {
        var open = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                depth = max(depth, open)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
            default: break
            }
        }
        isUnclosed = isInString || open > 0
    }

    /// Whether a text nests deeper than `limit`. No text is deeper than it has opening brackets, and these are counted
    /// many at a time; so an ordinary line is never scanned byte by byte.
    static func exceeds(_ limit: Int, in text: UnsafeRawBufferPointer) -> Bool {
        openingBracketCount(text) > limit && NestingScan(text).depth > limit
    }

    /// A loop without branches, which the compiler turns into vector instructions. `[` and `{` differ in bit 5 only.
    private static func openingBracketCount(_ text: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in text {
            count &+= (byte | 0x20) == UInt8(ascii: "{") ? 1 : 0
        }
        return count
    }
}
