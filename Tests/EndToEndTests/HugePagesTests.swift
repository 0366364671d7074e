// The linker's part in HugePages.swift: whoever maps memory must find the program's mmap.

import TestProgram
import TestServers
import Testing

@Suite("the program's mmap")
struct HugePagesTests {
    @Test("is what the C libraries find")
    func isExported() throws {
        let symbols = String(decoding: try Command.run("nm", ["-D", "--defined-only", Program.path]), as: UTF8.self)
        #expect(symbols.split(separator: "\n").contains { $0.hasSuffix(" T mmap") })
    }
}
