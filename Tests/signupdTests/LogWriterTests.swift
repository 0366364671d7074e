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
        var text = receive(reader)
        // Whoever was kept from the processor in between finds that the first has left already.
        if text == "request\n" { text += receive(reader) }
        #expect(text == "request\nwarning\n")
        writer.post(Array("notice\n".utf8))
        #expect(receive(reader) == "notice\n")
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
        var (kept, dropped) = (0, 0)
        // What was gathered after the first notice comes behind it.
        while kept + dropped < lineCount {
            let count = recv(reader, &chunk, chunk.count, 0)
            try #require(count > 0)
            text += chunk[..<count]
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            kept = lines.dropLast().count { $0.hasPrefix("x") }
            dropped = lines.dropLast().compactMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }) }.reduce(0, +)
        }
        #expect(dropped > 0)
        #expect(kept + dropped == lineCount)
    }

    @Test("holds up nobody who posts to a log that is not read, and writes what was posted when it is")
    func unread() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reader, end) = (ends[0], ends[1])
        let writer = LogWriter(end)
        let line = String(repeating: "x", count: 999) + "\n"
        // More than any pipe holds of itself.
        for _ in 0..<200 { writer.post(Array(line.utf8)) }
        writer.post(Array("last\n".utf8))
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while text.count < 200 * line.utf8.count + 5 {
            let count = read(reader, &chunk, chunk.count)
            try #require(count > 0)
            text += chunk[..<count]
        }
        #expect(String(decoding: text, as: UTF8.self) == String(repeating: line, count: 200) + "last\n")
    }
}
