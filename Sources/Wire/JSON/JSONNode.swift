// A look at a parsed text while it lives: its values in the order in which they begin, their strings where they stand.

import Cryptography
import Glibc

/// A value of a parsed document. It borrows: valid only inside the closure of `withDocument` it came from.
struct JSONNode {
    enum Kind: Equatable {
        case null, bool(Bool), integer(Int64), real(Double), string, array, object
    }

    /// One value of the document. What is within it follows it at once: elements, or names and values in turn.
    struct Entry {
        let kind: Kind
        /// Of a string; empty for any other kind.
        var utf8 = UnsafeRawBufferPointer(start: nil, count: 0)
        /// Of an array.
        var elementCount: Int32 = 0
        /// The place behind it and all that is within it.
        var end: Int32
    }

    private let entries: UnsafePointer<Entry>
    private let place: Int

    /// Parses one JSON text and lends its root to `read`.
    static func withDocument<Value>(
        _ text: UnsafeRawBufferPointer,
        depthLimit: Int,
        _ read: (JSONNode) -> Value
    ) throws(JSONSyntaxError) -> Value {
        guard let start = text.baseAddress, !text.isEmpty else { throw JSONSyntaxError(.incomplete, byteOffset: 0) }
        if let nul = memchr(start, 0, text.count) {
            throw JSONSyntaxError(.nulCharacter, byteOffset: UnsafeRawPointer(nul) - start)
        }
        // The parser recurses: this bounds it.
        if NestingScan.exceeds(depthLimit, in: text) {
            throw JSONSyntaxError(.tooDeep, byteOffset: text.count)
        }
        let capacity = JSONParser.entryLimit(text)
        return try withUnsafeTemporaryAllocation(of: Entry.self, capacity: capacity) { memory in
            Result { () throws(JSONSyntaxError) in
                var parser = JSONParser(text, entries: memory)
                defer { parser.wipe() }
                return read(JSONNode(entries: try parser.parse(), place: 0))
            }
        }.get()
    }

    private var entry: Entry { entries[place] }

    var kind: Kind { entry.kind }

    /// The UTF-8 of a string; empty for any other kind.
    var utf8: UnsafeRawBufferPointer { entry.utf8 }

    /// A string's characters; empty for any other kind.
    var text: String { String(decoding: utf8, as: UTF8.self) }

    /// A string's bytes, in memory that is wiped with the last reference to them. The line's own are wiped with the line, and
    /// what the parser wrote with the document.
    var secret: SecretBytes { SecretBytes(utf8) }

    /// How many elements an array has; 0 for any other kind.
    var elementCount: Int { Int(entry.elementCount) }

    /// The elements of an array; none for any other kind.
    var elements: [JSONNode] { kind == .array ? children : [] }

    /// Visits an object's members in the order they were sent; none for any other kind.
    func forEachMember(_ visit: (_ name: UnsafeRawBufferPointer, _ value: JSONNode) -> Void) {
        guard kind == .object else { return }
        var position = place + 1
        while position < entry.end {
            let value = JSONNode(entries: entries, place: position + 1)
            visit(entries[position].utf8, value)
            position = Int(value.entry.end)
        }
    }

    private var children: [JSONNode] {
        var children: [JSONNode] = []
        children.reserveCapacity(elementCount)
        var position = place + 1
        while position < entry.end {
            children.append(JSONNode(entries: entries, place: position))
            position = Int(entries[position].end)
        }
        return children
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are exactly this name.
    func equals(_ name: StaticString) -> Bool {
        guard let baseAddress, count == name.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, name.utf8Start, count) == 0
    }
}
