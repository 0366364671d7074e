// Values to bytes: compact JSON in pure ASCII, appended to a buffer that is already there.

extension JSONValue {
    /// The value as compact ASCII JSON.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// Appends the value as compact ASCII JSON. Recursive; what is encoded was made by us or parsed under a depth limit.
    public func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(static: "null")
        case .bool(let value): bytes.append(static: value ? "true" : "false")
        case .integer(let value): bytes.append(integer: value)
        case .real(let value): bytes.append(real: value)
        case .string(let value): bytes.append(quoted: value)
        case .array(let elements): append(elements, to: &bytes)
        case .object(let object): object.append(to: &bytes)
        }
    }

    private func append(_ elements: [JSONValue], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for index in elements.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            elements[index].append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}

extension JSONObject {
    /// Appends the object as compact ASCII JSON.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for index in members.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(quoted: members[index].name)
            bytes.append(UInt8(ascii: ":"))
            members[index].value.append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    mutating func append(static text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(integer value: Int64) {
        if (0...9).contains(value) {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
            return
        }
        // 19 digits and a sign.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value.magnitude
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// The shortest digits that read back as the same double. JSON has no word for infinity and not-a-number: null.
    mutating func append(real value: Double) {
        if value.isFinite {
            append(contentsOf: value.description.utf8)
        } else {
            append(static: "null")
        }
    }

    mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy(\.isPlainInJSON) {
                append(contentsOf: utf8)
            } else {
                appendEscaped(utf8)
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": append(static: "\\\"")
            case "\\": append(static: "\\\\")
            case "\n": append(static: "\\n")
            case "\r": append(static: "\\r")
            case "\t": append(static: "\\t")
            case " "..."~": append(UInt8(truncatingIfNeeded: scalar.value))
            default:
                for unit in UTF16.encode(scalar) ?? .init() { append(escaped: unit) }
            }
        }
    }

    private mutating func append(escaped unit: UInt16) {
        append(static: "\\u")
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension UInt8 {
    /// Printable ASCII that stands for itself in a JSON string.
    fileprivate var isPlainInJSON: Bool {
        self >= 0x20 && self < 0x7F && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}
