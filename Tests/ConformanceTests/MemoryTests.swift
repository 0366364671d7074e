// A pipe runs in memory that does not grow with its input.

import Foundation
import TestProgram
import TestServers
import Testing

extension Conformance {
    @Suite("memory")
    struct MemoryTests {
        /// What the allocator may keep more of, ten times the lines later.
        private static let toleratedMebibytes = 6.0

        @Test("ten times the lines take no more memory")
        func pipeIsFlat() throws {
            let few = try peakMebibytes(lines: 20_000)
            let many = try peakMebibytes(lines: 200_000)
            print("signupd pipe: \(few) MiB at 20,000 lines, \(many) MiB at 200,000")
            #expect(many < few + Self.toleratedMebibytes)
        }

        /// Pings through a pipe; the peak of the resident memory while the program waits for more.
        private func peakMebibytes(lines: Int) throws -> Double {
            let directory = try makeTemporaryDirectory("memory")
            defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
            let process = try Program(stateDirectory: directory).process(["pipe"])
            let input = Pipe()
            let output = Pipe()
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let block = Array(repeating: #"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n", count: 1000)
                .joined()
            var replies = 0
            for _ in 0..<lines / 1000 {
                try input.fileHandleForWriting.write(contentsOf: Data(block.utf8))
                // Read as it is written: 1,000 replies are less than a pipe holds.
                let expected = replies + 1000
                while replies < expected {
                    let data = output.fileHandleForReading.availableData
                    try #require(!data.isEmpty)
                    replies += data.count { $0 == UInt8(ascii: "\n") }
                }
            }
            let peak = try Self.peak(of: process.processIdentifier)
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(replies == lines)
            return peak
        }

        private static func peak(of process: Int32) throws -> Double {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return try #require(Double(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])) / 1024
        }
    }
}
