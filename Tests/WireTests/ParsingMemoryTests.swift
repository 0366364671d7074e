// Where jansson works: the memory is wiped behind every line, and a line that does not fit is read all the same.

import Foundation
import Testing

@testable import Wire

@Suite("The memory of a parse")
struct ParsingMemoryTests {
    private func read(_ text: String) throws -> [String] {
        try Array(text.utf8).withUnsafeBytes { bytes in
            try JSONNode.withDocument(UnsafeRawBufferPointer(bytes), depthLimit: 32) { root in
                #expect(!ParsingMemory.isBlank, "or this looks at memory that nobody used")
                return root.elements.map(\.text)
            }
        }
    }

    @Test("is wiped when the line has been read, and when it could not be")
    func wiped() throws {
        #expect(try read(#"["correct horse battery staple"]"#) == ["correct horse battery staple"])
        #expect(ParsingMemory.isBlank)
        #expect(throws: JSONSyntaxError.self) { try read(#"["correct horse battery staple""#) }
        #expect(ParsingMemory.isBlank)
    }

    @Test("is used again: no line sees what was made of another")
    func usedAgain() throws {
        for number in 0..<1000 { #expect(try read(#"["line \#(number)","\#(number)"]"#).last == "\(number)") }
    }

    @Test("need not be enough: what does not fit is taken from the system, and given back")
    func overflowing() throws {
        let texts = (0..<2000).map { "text \($0)" }
        let line = "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        #expect(try read(line) == texts)
        let before = try residentPageCount()
        // A hundred megabytes in all, if nothing were given back; other tests run beside this one.
        for _ in 0..<600 { #expect(try read(line).count == texts.count) }
        #expect(try residentPageCount() < before + 50_000_000 / Int(getpagesize()))
        #expect(try read(#"["small again"]"#) == ["small again"])
        #expect(ParsingMemory.isBlank)
    }

    private func residentPageCount() throws -> Int {
        let numbers = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(numbers[1]))
    }

    @Test("belongs to one thread: many read at once")
    func threads() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<16 {
                group.addTask {
                    for line in 0..<200 {
                        let texts = try read(#"["\#(reader)/\#(line)"]"#)
                        #expect(texts == ["\(reader)/\(line)"])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
