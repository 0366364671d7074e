// The golden cases of protocol/vectors, as every implementation reads them.

import Foundation
import Testing
import Wire

enum Vectors {
    static let wire = cases("wire.jsonl").map { WireCase($0) }
    static let lines = cases("inputs.jsonl", containing: #""group": "line""#).map { LineCase($0) }

    /// - Parameter mark: lines without it are left out unparsed: some hold a NUL, which our own parser refuses.
    private static func cases(_ file: String, containing mark: String = "") -> [JSONObject] {
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = repository.appending(path: "protocol/vectors/\(file)")
        do {
            let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
            return try lines.filter { mark.isEmpty || $0.contains(mark) }.map { line in
                guard case .object(let object) = try JSONValue.parse(line.utf8) else { throw Reply.Problem.notAReply }
                return object
            }
        } catch {
            preconditionFailure("\(path.path()): \(error)")
        }
    }
}

/// What a client sends, and what must come back.
struct WireCase: Sendable, CustomTestStringConvertible {
    let name: String
    let mode: String
    let input: [UInt8]
    private let members: JSONObject

    init(_ members: JSONObject) {
        self.members = members
        name = text(members["id"])
        mode = text(members["mode"])
        if let hexadecimal = members["in_hex"] {
            input = bytes(hexadecimal: text(hexadecimal))
        } else if case .array(let parts) = members["in_parts"] {
            input = parts.flatMap { part in
                guard case .array(let pair) = part, case .integer(let times) = pair[1] else { return [UInt8]() }
                return Array(String(repeating: text(pair[0]), count: Int(times)).utf8)
            }
        } else {
            input = Array(text(members["in"]).utf8)
        }
    }

    var testDescription: String { "\(name) \(text(members["note"]))" }

    /// The orders in which the replies may be asked for.
    var orders: [Session.ReplyOrder] {
        switch mode {
        case "socket": [.completion]
        case "pipe": [.input]
        default: [.completion, .input]
        }
    }

    /// Checks everything the case says about the output.
    func check(_ conversation: Conversation, sourceLocation: SourceLocation = #_sourceLocation) {
        let replies = conversation.replies
        if case .array(let expected) = members["out"] {
            #expect(matches(.array(replies), .array(expected)), "\(conversation.text)", sourceLocation: sourceLocation)
        }
        if case .integer(let count) = members["count"] {
            #expect(replies.count == Int(count), sourceLocation: sourceLocation)
        }
        if members["ascii"] == true {
            #expect(conversation.output.allSatisfy { $0 < 0x80 }, sourceLocation: sourceLocation)
        }
        if case .array(let parts) = members["raw_out"] {
            let ignoresCase = members["raw_out_ignores_case"] == true
            let whole = ignoresCase ? conversation.text.lowercased() : conversation.text
            for part in parts {
                let part = ignoresCase ? text(part).lowercased() : text(part)
                #expect(whole.contains(part), sourceLocation: sourceLocation)
            }
        }
    }
}

/// A line among others, and whether it is taken.
struct LineCase: Sendable, CustomTestStringConvertible {
    let name: String
    let line: [UInt8]
    let isAccepted: Bool

    init(_ members: JSONObject) {
        name = text(members["name"])
        isAccepted = members["expect"] == "accept"
        if let encoded = members["line_b64"] {
            line = Array(Data(base64Encoded: text(encoded)) ?? Data())
        } else {
            line = Array(text(members["line"]).utf8)
        }
    }

    var testDescription: String { name }
}

/// Whether an answer has everything that is expected of it; it may have more.
func matches(_ actual: JSONValue?, _ expected: JSONValue) -> Bool {
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

private func text(_ value: JSONValue?) -> String {
    guard case .string(let text) = value else { return "" }
    return text
}

private func bytes(hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}
