// Where a document lives: nothing of a line is left when it was read, and a text of any shape has room.

import Testing

@testable import Wire

@Suite("The memory of a document")
struct JSONMemoryTests {
    private func bytes(of memory: JSONMemory) -> [UInt8] {
        Array(UnsafeRawBufferPointer(memory.copy)) + Array(UnsafeRawBufferPointer(memory.values))
    }

    @Test(
        "is wiped when the line has been read, and when it could not be",
        arguments: [
            #"["correct horse battery staple"]"#, #"["correct horse battery staple""#, #"{"correct":1,"correct":2}"#,
            #"["correct \u0068orse",-12345678,0.5,{"a":[]}]"#, "[1,2,3,4,5,6", "[[[[[[[[",
        ]
    )
    func wiped(_ text: String) {
        Array(text.utf8).withUnsafeBytes { text in
            JSONMemory.lend(for: text) { memory in
                UnsafeMutableRawBufferPointer(memory.copy).initializeMemory(as: UInt8.self, repeating: 0)
                UnsafeMutableRawBufferPointer(memory.values).initializeMemory(as: UInt8.self, repeating: 0)
                try? JSONNode.withDocument(text, depthLimit: 32, in: memory) { _ in
                    #expect(bytes(of: memory).contains { $0 != 0 }, "or this looks at memory that nobody used")
                }
                #expect(bytes(of: memory).allSatisfy { $0 == 0 })
            }
        }
    }

    @Test("a line as long as a line may be is read to its last value", arguments: ["1", "[]", "\"\"", #"{"":1}"#])
    func full(_ element: String) throws {
        let count = (65_536 - 2) / (element.utf8.count + 1)
        let text = "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
        let value = try JSONValue.parse(text.utf8)
        guard case .array(let elements) = value else {
            Issue.record("not an array")
            return
        }
        #expect(elements.count == count)
        #expect(value.encoded() == Array(text.utf8))
    }

    @Test("every text that only begins a longer one is refused")
    func cut() {
        let whole = Array(#"{"a":[[[1,2.5e3,{"b":null}],true],"\ud83d\udeb2"],"":{"c":[[],[]],"d":{}}}"#.utf8)
        for count in 0..<whole.count { #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(whole[..<count]) } }
        #expect(throws: Never.self) { try JSONValue.parse(whole) }
    }
}
