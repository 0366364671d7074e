// What it costs to have signupd at all: its start, and its memory.

import Foundation
import Glibc
import Reporting
import TestServers

struct FootprintExperiment: Experiment {
    let name = "footprint"
    let title = "Start and memory"

    private static let starts = 20
    private static let idleConnections = 1_000
    /// The memory is measured after each of so many equal parts of them.
    private static let steps = 4
    private static let settling = Duration.seconds(2)

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let starts = try await self.starts(bench)
        let program = try bench.servers.serve()
        try await Task.sleep(for: Self.settling)
        let idle = Double(program.residentKiB) / 1024
        let memory = try await connections(program, idle: idle)
        let connected = memory.last?.y ?? idle
        try program.stop()
        bench.say("start \(starts.median) ms, idle \(idle) MiB, with connections \(connected) MiB")
        let findings = [
            Finding(
                "start: `echo ping | signupd pipe`, process start to exit, embedded",
                .atMost(15),
                .milliseconds,
                measured: starts
            ),
            Finding("memory, idle (MariaDB and Redis)", .atMost(30), .mebibytes, measured: [idle]),
            Finding(
                "memory, \(Figure.grouped(Double(Self.idleConnections))) idle connections",
                .atMost(60),
                .mebibytes,
                measured: [connected]
            ),
        ]
        return ExperimentResult(
            findings: findings,
            plots: [Self.plot(starts: starts), Self.plot(memory: memory)],
            notes: [
                "Memory is resident (VmRSS), shared libraries included; each connection had one ping before it was idle."
            ]
        )
    }

    private static func plot(starts: [Double]) -> Plot {
        let sorted = starts.sorted()
        let points = sorted.enumerated().map { index, milliseconds in
            Plot.Point((Double(index) + 0.5) / Double(sorted.count) * 100, milliseconds)
        }
        return Plot(
            "start",
            title: "From the start of signupd pipe to its exit, one ping",
            x: Plot.Axis("percentile", .percentile),
            y: Plot.Axis("ms", .linear),
            curves: [Plot.Curve("embedded", points)]
        )
    }

    private static func plot(memory: [Plot.Point]) -> Plot {
        Plot(
            "memory",
            title: "Memory by idle connections",
            x: Plot.Axis("connections", .linear),
            y: Plot.Axis("resident, MiB", .linear),
            curves: [Plot.Curve("signupd serve, MariaDB and Redis", memory)]
        )
    }

    private func starts(_ bench: Bench) async throws -> [Double] {
        let stage = try EmbeddedStage(program: bench.program, registry: bench.registry)
        defer { stage.stop() }
        let input = stage.directory.appendingPathComponent("ping")
        let output = stage.directory.appendingPathComponent("pong")
        try PipeLines.write(["{}"], method: "service.ping", to: input)
        let run = ShortRun(program: bench.program, arguments: ["pipe"], environment: stage.environment)
        return try await onThread {
            try (0..<Self.starts).map { _ in
                let outcome = try run.run(input: input, output: output)
                try PipeLines.check(output, count: 1, holding: "\"ok\":true")
                return outcome.milliseconds
            }
        }
    }

    /// What is resident by how many connections there are.
    private func connections(_ program: ServingProgram, idle: Double) async throws -> [Plot.Point] {
        try Self.allowDescriptors(Self.idleConnections + 200)
        var memory = [Plot.Point(0, idle)]
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for _ in 0..<Self.steps {
            for _ in 0..<Self.idleConnections / Self.steps { descriptors.append(try Self.connect(to: program)) }
            try await Task.sleep(for: Self.settling)
            memory.append(Plot.Point(Double(descriptors.count), Double(program.residentKiB) / 1024))
        }
        return memory
    }

    /// A connection that has had an answer to a ping.
    private static func connect(to program: ServingProgram) throws -> Int32 {
        guard let descriptor = ServingProgram.connected(to: program.socketPath) else {
            throw ServerFailure("a connection was refused: errno \(errno)")
        }
        let ping = Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"service.ping\"}\n".utf8)
        var reply = [UInt8](repeating: 0, count: 256)
        guard send(descriptor, ping, ping.count, Int32(MSG_NOSIGNAL)) == ping.count,
            case let count = recv(descriptor, &reply, reply.count, 0), count > 0,
            String(decoding: reply.prefix(count), as: UTF8.self).contains("\"ok\":true")
        else {
            close(descriptor)
            throw ServerFailure("a connection got no reply to its ping")
        }
        return descriptor
    }

    private static func allowDescriptors(_ count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < UInt(count) else { return }
        limit.rlim_cur = min(UInt(count), limit.rlim_max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur >= UInt(count) else {
            throw ServerFailure("needs \(count) file descriptors; raise `ulimit -n`")
        }
    }
}
