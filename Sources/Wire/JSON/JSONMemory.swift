// Where a document lives while it is read: a copy of the line, in which strings are unescaped, and the list of what stands in it.

internal import CRapidJSON
import Glibc

/// Memory for one document, large enough for any text of its length. Not initialised.
struct JSONMemory {
    let copy: UnsafeMutableBufferPointer<CChar>
    let values: UnsafeMutableBufferPointer<signupd_json_value>

    /// Lends memory for that text: on the stack, but for the list of a line of 128 bytes and more.
    static func lend<Result>(for text: UnsafeRawBufferPointer, _ body: (JSONMemory) -> Result) -> Result {
        // The text and a NUL.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
            // As many values and names as a complete text of this length can hold.
            withUnsafeTemporaryAllocation(of: signupd_json_value.self, capacity: text.count / 2 + 1) { values in
                body(JSONMemory(copy: copy, values: values))
            }
        }
    }

    func fill(with text: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(copy).copyMemory(from: text)
        copy[text.count] = 0
    }

    /// Leaves nothing of a text of so many bytes, nor of the values found in it.
    func wipe(text byteCount: Int, values valueCount: Int) {
        let valueByteCount = valueCount * MemoryLayout<signupd_json_value>.stride
        if let address = copy.baseAddress { explicit_bzero(address, byteCount) }
        if let address = values.baseAddress { explicit_bzero(address, valueByteCount) }
    }
}
