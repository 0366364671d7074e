// The only file that reads with jansson: a strict parse, and a look at its tree while it lives (in ParsingMemory).

internal import CJansson
import Cryptography
import Glibc

/// A value of a parsed document. It borrows: valid only inside the closure of `withDocument` it came from.
struct JSONNode {
    enum Kind: Equatable {
        case null, bool(Bool), integer(Int64), real(Double), string, array, object
    }

    private let value: UnsafeMutablePointer<json_t>

    /// Parses one JSON text and lends its root to `read`.
    ///
    /// What jansson does not check is checked before it: the depth (it recurses) and NUL bytes (it takes one for the end).
    static func withDocument<Value>(
        _ text: UnsafeRawBufferPointer,
        depthLimit: Int,
        _ read: (JSONNode) -> Value
    ) throws(JSONSyntaxError) -> Value {
        guard let start = text.baseAddress, !text.isEmpty else { throw JSONSyntaxError(.incomplete, byteOffset: 0) }
        if let nul = memchr(start, 0, text.count) {
            throw JSONSyntaxError(.nulCharacter, byteOffset: UnsafeRawPointer(nul) - start)
        }
        if NestingScan.exceeds(depthLimit, in: text) {
            throw JSONSyntaxError(.tooDeep, byteOffset: text.count)
        }
        return try ParsingMemory.lend { mustRelease throws(JSONSyntaxError) in
            var failure = json_error_t()
            let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
            guard let root = json_loadb(start.assumingMemoryBound(to: CChar.self), text.count, flags, &failure) else {
                throw JSONSyntaxError(problem(of: failure), byteOffset: Int(failure.position))
            }
            defer { if mustRelease() { json_decref(root) } }
            return read(JSONNode(value: root))
        }
    }

    var kind: Kind {
        switch value.pointee.type {
        case JSON_OBJECT: .object
        case JSON_ARRAY: .array
        case JSON_STRING: .string
        case JSON_INTEGER: .integer(json_integer_value(value))
        case JSON_REAL: .real(json_real_value(value))
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        default: .null
        }
    }

    /// The UTF-8 of a string; empty for any other kind.
    var utf8: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: json_string_value(value), count: json_string_length(value))
    }

    /// A string's characters; empty for any other kind.
    var text: String { String(decoding: utf8, as: UTF8.self) }

    /// A string's bytes, in memory that is wiped with the last reference to them. The document's own copy is wiped here.
    func takeSecret() -> SecretBytes {
        let secret = SecretBytes(utf8)
        if let address = utf8.baseAddress { memset(UnsafeMutableRawPointer(mutating: address), 0, utf8.count) }
        return secret
    }

    /// How many elements an array has; 0 for any other kind.
    var elementCount: Int { json_array_size(value) }

    /// The elements of an array; none for any other kind.
    var elements: [JSONNode] {
        (0..<elementCount).compactMap { index in json_array_get(value, index).map { JSONNode(value: $0) } }
    }

    /// Visits an object's members in the order they were sent; none for any other kind.
    func forEachMember(_ visit: (_ name: UnsafeRawBufferPointer, _ value: JSONNode) -> Void) {
        var position = json_object_iter(value)
        while let member = position {
            let name = UnsafeRawBufferPointer(
                start: json_object_iter_key(member),
                count: json_object_iter_key_len(member)
            )
            if let child = json_object_iter_value(member) { visit(name, JSONNode(value: child)) }
            position = json_object_iter_next(value, member)
        }
    }

    private static func problem(of failure: json_error_t) -> JSONSyntaxError.Problem {
        switch withUnsafePointer(to: failure, { wire_json_error_code($0) }) {
        case json_error_premature_end_of_input: .incomplete
        case json_error_end_of_input_expected: .trailingText
        case json_error_invalid_utf8: .invalidUTF8
        case json_error_null_character, json_error_null_byte_in_key: .nulCharacter
        case json_error_duplicate_key: .duplicateName
        case json_error_numeric_overflow: .numberOutOfRange
        default: .syntax
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
