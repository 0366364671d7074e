// The only file that reads with RapidJSON: a strict parse, and a look at what it found while that lives.

internal import CRapidJSON
import Cryptography
import Glibc

/// A value of a parsed document. It borrows: valid only inside the closure of `withDocument` it came from.
struct JSONNode {
    enum Kind: Equatable {
        case null, bool(Bool), integer(Int64), real(Double), string, array, object
    }

    private let value: UnsafePointer<signupd_json_value>

    /// Parses one JSON text and lends its root to `read`. What was made of it, a password perhaps, is wiped behind.
    static func withDocument<Value>(
        _ text: UnsafeRawBufferPointer,
        depthLimit: Int,
        _ read: (JSONNode) -> Value
    ) throws(JSONSyntaxError) -> Value {
        let result = JSONMemory.lend(for: text) { memory in
            Result<Value, JSONSyntaxError> { () throws(JSONSyntaxError) in
                try withDocument(text, depthLimit: depthLimit, in: memory, read)
            }
        }
        return try result.get()
    }

    /// The same in memory of the caller's.
    ///
    /// What RapidJSON does not check is checked before it: NUL bytes (it takes one for the end) and the encoding.
    static func withDocument<Value>(
        _ text: UnsafeRawBufferPointer,
        depthLimit: Int,
        in memory: JSONMemory,
        _ read: (JSONNode) -> Value
    ) throws(JSONSyntaxError) -> Value {
        guard let start = text.baseAddress, !text.isEmpty else { throw JSONSyntaxError(.incomplete, byteOffset: 0) }
        if let nul = memchr(start, 0, text.count) {
            throw JSONSyntaxError(.nulCharacter, byteOffset: UnsafeRawPointer(nul) - start)
        }
        try requireUTF8(text)
        memory.fill(with: text)
        let depthLimit = UInt32(clamping: depthLimit)
        let outcome = signupd_json_read(memory.copy.baseAddress, text.count, depthLimit, memory.values.baseAddress)
        defer { memory.wipe(text: text.count, values: outcome.value_count) }
        guard let root = memory.values.baseAddress, outcome.problem == .fine else {
            throw JSONSyntaxError(problem(outcome.problem), byteOffset: outcome.offset)
        }
        return read(JSONNode(value: root))
    }

    private static func requireUTF8(_ text: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text.assumingMemoryBound(to: UInt8.self).span)
        } catch {
            throw JSONSyntaxError(.invalidUTF8, byteOffset: error.byteOffsets.lowerBound)
        }
    }

    var kind: Kind {
        switch value.pointee.kind {
        case .null: .null
        case .boolean: .bool(value.pointee.boolean != 0)
        case .integer: .integer(value.pointee.integer)
        case .real: .real(value.pointee.real)
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// The UTF-8 of a string; empty for any other kind.
    var utf8: UnsafeRawBufferPointer {
        guard value.pointee.kind == .string else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: value.pointee.start, count: Int(value.pointee.count))
    }

    /// A string's characters; empty for any other kind.
    var text: String { String(decoding: utf8, as: UTF8.self) }

    /// How many elements an array has; 0 for any other kind.
    var elementCount: Int { value.pointee.kind == .array ? Int(value.pointee.count) : 0 }

    /// The elements of an array; none for any other kind.
    var elements: [JSONNode] {
        var element = JSONNode(value: value + 1)
        return (0..<elementCount).map { _ in
            defer { element = element.next }
            return element
        }
    }

    /// Visits an object's members in the order they were sent; none for any other kind.
    func forEachMember(_ visit: (_ name: UnsafeRawBufferPointer, _ value: JSONNode) -> Void) {
        guard value.pointee.kind == .object else { return }
        var name = JSONNode(value: value + 1)
        for _ in 0..<value.pointee.count {
            let member = name.next
            visit(name.utf8, member)
            name = member.next
        }
    }

    /// What stands behind this value and all that it holds.
    private var next: JSONNode {
        let holdsOthers = value.pointee.kind == .array || value.pointee.kind == .object
        return JSONNode(value: value + (holdsOthers ? Int(value.pointee.span) : 1))
    }

    private static func problem(_ problem: signupd_json_problem) -> JSONSyntaxError.Problem {
        switch problem {
        case .fine, .syntax: .syntax
        case .incomplete: .incomplete
        case .trailing_text: .trailingText
        case .nul_character: .nulCharacter
        case .duplicate_name: .duplicateName
        case .number_out_of_range: .numberOutOfRange
        case .too_deep: .tooDeep
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are exactly this name.
    func equals(_ name: StaticString) -> Bool {
        guard let baseAddress, count == name.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, name.utf8Start, count) == 0
    }
}
