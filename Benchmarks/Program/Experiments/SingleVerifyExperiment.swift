// verify one at a time: how long one person waits, against the two trips it cannot do without.

import LoadGeneration
import Reporting
import TestServers

struct SingleVerifyExperiment: Experiment {
    let name = "single"
    let title = "`verify`, one at a time"

    private static let people = 4_000

    private struct Round {
        let trips: Double
        let byEmail: LoadResult
        let byBoth: LoadResult
    }

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        var rounds: [Round] = []
        for _ in 0..<bench.plan.rounds {
            rounds.append(
                Round(
                    trips: try await trips(bench),
                    byEmail: try await verify(bench, program, .email, "by e-mail"),
                    byBoth: try await verify(bench, program, .emailAndID, "by e-mail and signup_id")
                )
            )
        }
        try program.stop()
        let trips = rounds.map(\.trips)
        let findings =
            Self.findings("by e-mail", rounds.map(\.byEmail), trips)
            + Self.findings("by e-mail and signup_id", rounds.map(\.byBoth), trips)
        let plot = Plot.latencies(
            "single-latency",
            "verify at 1 in flight, by percentile",
            [("by e-mail", rounds.map(\.byEmail)), ("by e-mail and signup_id", rounds.map(\.byBoth))]
        )
        return ExperimentResult(findings: findings, plots: [plot])
    }

    /// The median of one promotion from one connection, and of one PING of Redis.
    private func trips(_ bench: Bench) async throws -> Double {
        let count = bench.plan.count(Self.people)
        try bench.servers.loadSignups(bench.registry.people(count), into: bench.servers.baselineDatabase)
        let promotions = try await bench.baselines.promotions(bench.servers, connections: 1, count: count)
        let path = bench.servers.redis.socketPath
        var load = Load(path, .redisPings, connections: 1, inFlight: 1, seconds: bench.plan.seconds)
        load.count = count
        load.warmUp = count / 10
        let ping = try await bench.measure("Redis PING, 1 in flight", load)
        let promotion = (promotions["p50_us"] ?? 0) / 1000
        bench.say("one promotion: p50 \(Unit.milliseconds.text(promotion))")
        return promotion + ping.milliseconds(50)
    }

    private func verify(
        _ bench: Bench,
        _ program: ServingProgram,
        _ naming: Person.Naming,
        _ what: String
    ) async throws -> LoadResult {
        let people = try await bench.servers.expectedPeople(bench.plan.count(Self.people))
        let requests = Requests.verifying(people, naming)
        var load = Load(program.socketPath, requests, connections: 1, inFlight: 1, seconds: Load.longest)
        load.warmUp = people.count / 10
        return try await bench.measure("verify \(what), 1 in flight", load)
    }

    private static func findings(_ what: String, _ loads: [LoadResult], _ trips: [Double]) -> [Finding] {
        let medians = loads.map { $0.milliseconds(50) }
        return [
            Finding(
                "`verify` \(what) at 1 in flight, p50",
                .ratioAtMost(1.25),
                .milliseconds,
                measured: medians,
                baseline: trips,
                baselineName: "one promotion and one Redis round trip"
            ),
            Finding(
                "the same, p99",
                .ratioAtMost(3),
                .milliseconds,
                measured: loads.map { $0.milliseconds(99) },
                baseline: medians,
                baselineName: "its p50"
            ),
        ]
    }
}
