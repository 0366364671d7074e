// verify over the socket on the embedded store.

import LoadGeneration
import Reporting

struct EmbeddedVerifyExperiment: Experiment {
    let name = "embedded"
    let title = "`verify`, embedded SQLite"

    private static let setups: [(connections: Int, inFlight: Int)] = [(1, 1), (8, 8), (8, 32)]
    private static let people = 100_000

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let stage = try EmbeddedStage(program: bench.program, registry: bench.registry)
        defer { stage.stop() }
        let program = try stage.serve()
        var loads: [Int: [LoadResult]] = [:]
        for _ in 0..<bench.plan.rounds {
            for setup in Self.setups {
                let total = setup.connections * setup.inFlight
                let people = try stage.expectedPeople(bench.plan.count(total == 1 ? Self.people / 10 : Self.people))
                var load = Load(
                    program.socketPath,
                    .verifying(people, .emailAndID),
                    connections: setup.connections,
                    inFlight: setup.inFlight,
                    seconds: Load.longest
                )
                load.warmUp = people.count / 10
                let result = try await bench.measure("verify on SQLite, \(total) in flight", load)
                loads[total, default: []].append(result)
            }
        }
        try program.stop()
        let fastest = Finding(
            "`verify`, embedded SQLite, 256 in flight",
            .atLeast(30_000),
            .perSecond,
            measured: (loads[256] ?? []).map(\.perSecond)
        )
        let slow = Finding(
            "the same, p99",
            .none,
            .milliseconds,
            measured: (loads[256] ?? []).map { $0.milliseconds(99) }
        )
        let single = Finding(
            "the same at 1 in flight, p50",
            .none,
            .milliseconds,
            measured: (loads[1] ?? []).map { $0.milliseconds(50) }
        )
        return ExperimentResult(
            findings: [fastest, slow, single],
            plots: [
                .throughput(
                    "embedded-throughput",
                    "verify on SQLite by requests in flight",
                    [("signupd, SQLite", loads)]
                ),
                .latencies(
                    "embedded-latency",
                    "verify on SQLite by percentile",
                    loads.sorted { $0.key < $1.key }.map { ("\($0.key) in flight", $0.value) }
                ),
            ]
        )
    }
}
