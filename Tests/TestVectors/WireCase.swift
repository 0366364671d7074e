// One conversation of wire.jsonl: what a client sends, and what must come back.

import Foundation
public import Testing
import Wire

/// What a client sends, and what must come back.
public struct WireCase: Sendable, CustomTestStringConvertible {
    public let name: String
    public let mode: String
    public let input: [UInt8]
    /// The arguments of `signupd pipe`.
    public let arguments: [String]
    /// The exit status of `signupd pipe`.
    public let exitStatus: Int32?
    /// The names of the methods that it asks for.
    public let methods: Set<String>
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
        arguments = texts(members["arguments"])
        if case .integer(let status) = members["exit"] { exitStatus = Int32(status) } else { exitStatus = nil }
        let named = String(decoding: input, as: UTF8.self).matches(of: /"method"\s*:\s*"([^"]*)"/)
        methods = Set(named.map { String($0.1) })
    }

    public var testDescription: String { "\(name) \(text(members["note"]))" }

    /// Methods that exist in the tests of the wire only: the specification's examples, and two of our own.
    private static let testMethods: Set = [
        "subtract", "sum", "get_data", "update", "notify_hello", "notify_sum", "echo", "sleep",
    ]
    /// Methods of the program that the tests of the wire do without.
    private static let programMethods: Set = [
        "signup", "verify", "resend", "status", "service.info", "service.health", "service.stats", "rpc.discover",
        "outbox.list", "outbox.retry", "outbox.drop",
    ]

    /// Whether it can be held in memory, without the program.
    public var needsNoProgram: Bool { arguments.isEmpty && methods.isDisjoint(with: Self.programMethods) }
    /// Whether the program has every method that it asks for.
    public var needsNoTestMethod: Bool { methods.isDisjoint(with: Self.testMethods) }
    /// Whether it holds on a socket, or in a pipe.
    public var holdsOnSocket: Bool { mode != "pipe" }
    public var holdsInPipe: Bool { mode != "socket" }

    /// Checks everything the case says about the output.
    public func check(_ output: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        let whole = String(decoding: output, as: UTF8.self)
        let replies = output.split(separator: UInt8(ascii: "\n")).map { line in
            (try? JSONValue.parse(line, depthLimit: Self.replyDepth)) ?? "not JSON"  // It matches no expected reply.
        }
        if case .array(let expected) = members["out"] {
            let isExpected = matches(.array(replies), .array(expected))
            #expect(isExpected, "\(name) answered \(whole.prefix(4000))", sourceLocation: sourceLocation)
        }
        if case .integer(let count) = members["count"] {
            #expect(replies.count == Int(count), "\(name)", sourceLocation: sourceLocation)
        }
        if members["ascii"] == true {
            #expect(output.allSatisfy { $0 < 0x80 }, "\(name)", sourceLocation: sourceLocation)
        }
        let ignoresCase = members["raw_out_ignores_case"] == true
        for part in texts(members["raw_out"]) {
            let isThere = ignoresCase ? whole.lowercased().contains(part.lowercased()) : whole.contains(part)
            #expect(isThere, "\(name): \(part) is not in \(whole.prefix(4000))", sourceLocation: sourceLocation)
        }
        for part in texts(members["raw_absent"]) {
            #expect(
                !whole.contains(part),
                "\(name): \(part) is in \(whole.prefix(4000))",
                sourceLocation: sourceLocation
            )
        }
    }

    /// A request of the greatest depth is answered a little deeper.
    private static let replyDepth = 64
}
