// The one writer of log lines: order, one write for many lines, and what happens when nobody reads.

import Glibc
import Testing

@testable import signupd

@Suite("the log's writer")
struct LogWriterTests {
    /// A datagram socket keeps each write apart.
    private func pair(_ type: __socket_type) throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(type.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func receive(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test("gathers lines of requests and writes them together, soon")
    func gathering() throws {
        let (reader, end) = try pair(SOCK_DGRAM)
        let writer = LogWriter(end)
        for number in 0..<100 { writer.gather(Array("line \(number)\n".utf8)) }
        var text = receive(reader)
        var writes = 1
        while text.split(separator: "\n").count < 100 {
            text += receive(reader)
            writes += 1
        }
        #expect(text == (0..<100).map { "line \($0)\n" }.joined())
        #expect(writes <= 10)
        // And again, once it had nothing to do.
        writer.gather(Array("late\n".utf8))
        #expect(receive(reader) == "late\n")
    }

    @Test("writes any other line at once, behind those that were gathered before it")
    func order() throws {
        let (reader, end) = try pair(SOCK_DGRAM)
        let writer = LogWriter(end)
        writer.gather(Array("request\n".utf8))
        writer.write(Array("warning\n".utf8))
        #expect(receive(reader) == "request\nwarning\n")
        writer.gather(Array("another\n".utf8))
        writer.flush()
        #expect(receive(reader) == "another\n")
    }

    @Test("drops lines of requests that nobody reads in time, counts them, and holds nobody up")
    func flood() throws {
        let (reader, end) = try pair(SOCK_STREAM)
        let writer = LogWriter(end)
        let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
        let lineCount = 3 * LogWriter.gatheredByteLimit / line.count
        for _ in 0..<lineCount { writer.gather(line) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !String(decoding: text.suffix(200), as: UTF8.self).contains("were dropped") {
            let count = recv(reader, &chunk, chunk.count, 0)
            try #require(count > 0)
            text += chunk[..<count]
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let dropped = lines.compactMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }) }.reduce(0, +)
        #expect(dropped > 0)
        #expect(lines.count { $0.hasPrefix("x") } + dropped == lineCount)
    }
}
