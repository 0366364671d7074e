// Clients that mean harm, or are broken: the server's memory stays bounded and everybody else is served.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("hostile clients")
struct SocketMemoryTests {
    /// A debug build starts at about 50 MiB. Unbounded, each of these clients would cost hundreds.
    private static let peakLimitMiB = 150

    let directory: URL
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("hostile")
        program = Program(stateDirectory: directory)
    }

    private func checkMemory(_ server: RunningServer, _ what: String) throws {
        #expect(try SocketClient(path: server.socketPath).call(1, "service.ping").result != nil)
        let peak = try ProcessMemory.peakMiB(server.processIdentifier)
        print("peak memory with \(what): \(peak) MiB")
        #expect(peak < Self.peakLimitMiB)
    }

    @Test("10,000 requests whose replies nobody reads: reading stops, and then the connection ends")
    func deaf() async throws {
        let server = try await RunningServer(program, directory: directory)
        let client = try DeafClient(path: server.socketPath)
        // 31 KiB each: 300 MiB of replies.
        let line = #"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"# + "\n"
        let input = Array(String(repeating: line, count: 10_000).utf8)
        let sent = try await client.send(input, patience: .seconds(1))
        #expect(sent < input.count)
        try checkMemory(server, "10,000 requests and no reader")
        let end = ContinuousClock.now + .seconds(25)
        while !client.isClosed, .now < end { try await Task.sleep(for: .milliseconds(100)) }
        #expect(client.isClosed)
    }

    @Test("a reader that takes 64 KiB every six seconds is slow and not dead: it is served past the stall time")
    func slow() async throws {
        let server = try await RunningServer(program, directory: directory)
        let replyCount = try await onOwnThread {
            let client = try SocketClient(path: server.socketPath)
            let line = #"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"# + "\n"
            try client.send(String(repeating: line, count: 40))
            var count = 0
            while count < 40, try client.receive() != nil {
                count += 1
                if count <= 8 { sleep(3) }
            }
            return count
        }
        #expect(replyCount == 40)
    }

    @Test("64 MiB without an end of line: one error, and the next line works")
    func endlessLine() async throws {
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        let block = String(repeating: "x", count: 1 << 20)
        for _ in 0..<64 { try client.send(block) }
        try client.send("\n" + #"{"jsonrpc":"2.0","id":2,"method":"service.ping"}"# + "\n")
        #expect(try JSONLine.object(try #require(try client.receive())).reason == "LINE_TOO_LONG")
        #expect(try JSONLine.object(try #require(try client.receive())).id == 2)
        try checkMemory(server, "a line of 64 MiB")
    }

    @Test("1,000 connections that send nothing")
    func silence() async throws {
        try raiseDescriptorLimit()
        let server = try await RunningServer(program, directory: directory)
        let clients = try (0..<1000).map { _ in try SocketClient(path: server.socketPath) }
        #expect(try clients[999].call(1, "service.ping").result != nil)
        try checkMemory(server, "1,000 silent connections")
    }

    @Test("a byte at a time, on fifty connections")
    func trickle() async throws {
        let server = try await RunningServer(program, directory: directory)
        let clients = try (0..<50).map { _ in try SocketClient(path: server.socketPath) }
        for character in #"{"jsonrpc":"2.0","id":7,"method":"service.ping"}"# + "\n" {
            for client in clients { try client.send(String(character)) }
            try await Task.sleep(for: .milliseconds(20))
        }
        for client in clients { #expect(try JSONLine.object(try #require(try client.receive())).id == 7) }
        try checkMemory(server, "fifty slow writers")
    }

    /// A thousand clients are a thousand files of this process too.
    private func raiseDescriptorLimit() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(max(limit.rlim_cur, 4096), limit.rlim_max)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try #require(limit.rlim_cur >= 2048, "these tests need 2,048 open files")
    }
}
