// service.ping, against Redis's PING with the same load generator over the same kind of socket.

import LoadGeneration
import Reporting
import TestServers

struct PingExperiment: Experiment {
    let name = "ping"
    let title = "`service.ping`"

    private static let connections = 50
    private static let depth = 16

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        let redis = bench.servers.redis.socketPath
        var alone: [LoadResult] = []
        var (single, deep): ([CostedLoad], [CostedLoad]) = ([], [])
        for _ in 0..<bench.plan.rounds {
            alone.append(try await bench.measure("Redis PING, 50 × 1", load(bench, redis, .redisPings, inFlight: 1)))
            let one = load(bench, program.socketPath, .pings, inFlight: 1)
            single.append(try await bench.measure("service.ping, 50 × 1", one, on: program))
            let many = load(bench, program.socketPath, .pings, inFlight: Self.depth)
            deep.append(try await bench.measure("service.ping, 50 × \(Self.depth)", many, on: program))
        }
        try program.stop()
        let findings = [
            Finding(
                "`service.ping`, 50 connections, 1 in flight each",
                .ratioAtLeast(1),
                .perSecond,
                measured: single.map(\.load.perSecond),
                baseline: alone.map(\.perSecond),
                baselineName: "Redis PING, same load"
            ),
            Finding(
                "`service.ping`, pipelined 16 deep",
                .atLeast(500_000),
                .perSecond,
                measured: deep.map(\.load.perSecond)
            ),
        ]
        let plot = Plot.latencies(
            "ping-latency",
            "Pings over 50 connections, by percentile",
            [
                ("service.ping", single.map(\.load)), ("Redis PING", alone),
                ("service.ping, \(Self.depth) deep", deep.map(\.load)),
            ]
        )
        return ExperimentResult(
            findings: findings,
            plots: [plot],
            notes: [single.costs("1 in flight"), deep.costs("pipelined")]
        )
    }

    private func load(_ bench: Bench, _ path: String, _ requests: Requests, inFlight: Int) -> Load {
        var load = Load(path, requests, connections: Self.connections, inFlight: inFlight, seconds: bench.plan.seconds)
        load.warmUp = bench.plan.count(20_000)
        return load
    }
}
