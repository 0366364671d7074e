// What it means that a reply is the expected one, and how the members of a case are read.

public import Wire

/// Whether an answer has everything that is expected of it; it may have more.
public func matches(_ actual: JSONValue?, _ expected: JSONValue) -> Bool {
    switch (actual, expected) {
    case (.object(let actual), .object(let expected)):
        expected.members.allSatisfy { member in
            switch (member.name, member.value) {
            case ("code", .array(let codes)): codes.contains { $0 == actual["code"] }
            case ("result", [:]): actual["result"] != nil
            default: matches(actual[member.name], member.value)
            }
        }
    case (.array(let actual), .array(let expected)):
        actual.count == expected.count && zip(actual, expected).allSatisfy { matches($0, $1) }
    default:
        actual == expected
    }
}

func text(_ value: JSONValue?) -> String {
    guard case .string(let text) = value else { return "" }
    return text
}

func texts(_ value: JSONValue?) -> [String] {
    guard case .array(let elements) = value else { return [] }
    return elements.map { text($0) }
}

func bytes(hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}
