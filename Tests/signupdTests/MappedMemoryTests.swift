// What is mapped for a hash asks for huge pages, and nothing else does; what is unmapped is gone.

import Foundation
import Testing

@testable import signupd

@Suite("huge pages")
struct MappedMemoryTests {
    /// A kernel without them has nothing to ask.
    private let areKnown = FileManager.default.fileExists(atPath: "/sys/kernel/mm/transparent_hugepage")

    @Test("are asked for by a mapping as large as a hash's, and its bytes are zero")
    func large() throws {
        let byteCount = 19_456 * 1024
        let flags = try flags(byteCount, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE)
        #expect(flags.contains("hg") == areKnown)
    }

    @Test("are not asked for by a small mapping")
    func small() throws {
        let flags = try flags(1_048_576, MAP_PRIVATE | MAP_ANONYMOUS)
        #expect(!flags.contains("hg"))
    }

    @Test("leave a refusal what it is")
    func refused() {
        #expect(mapMemory(nil, .max, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
    }

    @Test("go back with their mapping, and an address within a page is refused as by the C library")
    func unmapped() throws {
        let byteCount = 19_456 * 1024
        let place = UnsafeMutableRawPointer(bitPattern: try RemotePlace.next())
        let memory = try #require(
            mapMemory(place, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        )
        #expect(unmapMemory(memory, byteCount) == 0)
        var state: UInt8 = 0
        #expect(mincore(memory, 1, &state) == -1 && errno == ENOMEM)
        #expect(unmapMemory(memory.advanced(by: 1), byteCount) == -1 && errno == EINVAL)
    }

    /// Maps so much, and reads what the kernel notes of it: the line VmFlags of its entry in smaps.
    private func flags(_ byteCount: Int, _ mapping: Int32) throws -> [Substring] {
        let memory = try #require(mapMemory(nil, byteCount, PROT_READ | PROT_WRITE, mapping, -1, 0))
        try #require(memory != MAP_FAILED)
        defer { _ = unmapMemory(memory, byteCount) }
        #expect(UnsafeRawBufferPointer(start: memory, count: byteCount).allSatisfy { $0 == 0 })
        let start = UInt(bitPattern: memory)
        var isInMapping = false
        // Foundation's reading of a whole file ends with the kernel's first page of it.
        let entries = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps")).readToEnd() ?? Data()
        for line in String(decoding: entries, as: UTF8.self).split(separator: "\n") {
            let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2 { isInMapping = ends[0] <= start && start < ends[1] }
            if isInMapping, line.hasPrefix("VmFlags:") { return line.dropFirst(8).split(separator: " ") }
        }
        return []
    }
}
