// service.ping, against Redis's PING with the same load generator over the same kind of socket.

import LoadGeneration
import Reporting
import TestServers

struct PingExperiment: Experiment {
    let name = "ping"

    private static let connections = 50
    private static let depth = 16

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        let redis = bench.servers.redis.socketPath
        var (alone, single, deep): ([LoadResult], [LoadResult], [LoadResult]) = ([], [], [])
        for _ in 0..<bench.plan.rounds {
            alone.append(try await load(bench, "Redis PING", redis, .redisPings, inFlight: 1))
            single.append(try await load(bench, "service.ping", program.socketPath, .pings, inFlight: 1))
            deep.append(try await load(bench, "pipelined", program.socketPath, .pings, inFlight: Self.depth))
        }
        try program.stop()
        let findings = [
            Finding(
                "`service.ping`, 50 connections, 1 in flight each",
                .ratioAtLeast(1),
                .perSecond,
                measured: single.map(\.perSecond),
                baseline: alone.map(\.perSecond),
                baselineName: "Redis PING, same load"
            ),
            Finding(
                "`service.ping`, pipelined 16 deep",
                .atLeast(500_000),
                .perSecond,
                measured: deep.map(\.perSecond)
            ),
        ]
        let plot = Plot.latencies(
            "ping-latency",
            "Pings over 50 connections, by percentile",
            [("service.ping", single), ("Redis PING", alone), ("service.ping, 16 deep", deep)]
        )
        return ExperimentResult(findings: findings, plots: [plot])
    }

    private func load(
        _ bench: Bench,
        _ what: String,
        _ path: String,
        _ requests: Requests,
        inFlight: Int
    ) async throws -> LoadResult {
        var load = Load(path, requests, connections: Self.connections, inFlight: inFlight, seconds: bench.plan.seconds)
        load.warmUp = bench.plan.count(20_000)
        let ready = load
        let result = try await onThread { try ready.run() }
        bench.say("\(what), \(Self.connections) × \(inFlight): \(result.line)")
        return result
    }
}
