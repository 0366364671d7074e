// Whether a line was cut, told by its brackets and quotes alone.

/// What the brackets and quotes of a text tell, whether or not it is JSON.
struct NestingScan {
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
            case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
            default: break
            }
        }
        isUnclosed = isInString || open > 0
    }
}
