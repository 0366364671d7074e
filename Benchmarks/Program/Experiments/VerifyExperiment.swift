// verify over the socket on MariaDB and Redis, against the same promotions by MariaDB alone.

import LoadGeneration
import Reporting

struct VerifyExperiment: Experiment {
    let name = "verify"
    let title = "`verify`, MariaDB and Redis"

    private struct Setup {
        let connections: Int
        let inFlight: Int
        let people: Int
        var total: Int { connections * inFlight }
    }

    /// 64 and 256 are the goals'; the others make the curve.
    private static let setups = [
        Setup(connections: 1, inFlight: 1, people: 4_000), Setup(connections: 8, inFlight: 1, people: 24_000),
        Setup(connections: 8, inFlight: 8, people: 80_000), Setup(connections: 8, inFlight: 32, people: 120_000),
    ]
    private static let baselineConnections = 32
    private static let baselinePromotions = 24_000

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        var baseline: [Double] = []
        var loads: [Int: [CostedLoad]] = [:]
        for _ in 0..<bench.plan.rounds {
            baseline.append(try await promotions(bench))
            for setup in Self.setups {
                loads[setup.total, default: []].append(try await verify(bench, program, setup))
            }
        }
        try program.stop()
        return result(baseline, loads)
    }

    private func promotions(_ bench: Bench) async throws -> Double {
        let count = bench.plan.count(Self.baselinePromotions)
        try bench.servers.loadSignups(bench.registry.people(count), into: bench.servers.baselineDatabase)
        let figures = try await bench.baselines.promotions(
            bench.servers,
            connections: Self.baselineConnections,
            count: count
        )
        let rate = (figures["promotions"] ?? 0) / (figures["seconds"] ?? 1)
        bench.say("MariaDB alone, 32 connections: \(Unit.perSecond.text(rate))")
        return rate
    }

    private func verify(_ bench: Bench, _ program: ServingProgram, _ setup: Setup) async throws -> CostedLoad {
        let people = try await bench.servers.expectedPeople(bench.plan.count(setup.people))
        let requests = Requests.verifying(people, .emailAndID)
        var load = Load(
            program.socketPath,
            requests,
            connections: setup.connections,
            inFlight: setup.inFlight,
            seconds: Load.longest
        )
        load.warmUp = requests.count / 10
        return try await bench.measure("verify, \(setup.total) in flight", load, on: program)
    }

    private func result(_ baseline: [Double], _ loads: [Int: [CostedLoad]]) -> ExperimentResult {
        func finding(_ total: Int, _ ratio: Double) -> Finding {
            Finding(
                "`verify`, MariaDB + Redis, \(total) in flight",
                .ratioAtLeast(ratio),
                .perSecond,
                measured: (loads[total] ?? []).map(\.load.perSecond),
                baseline: baseline,
                baselineName: "MariaDB alone, single promotions from 32 connections"
            )
        }
        let slowest = Finding(
            "the same, p99",
            .atMost(15),
            .milliseconds,
            measured: (loads[256] ?? []).map { $0.load.milliseconds(99) }
        )
        return ExperimentResult(
            findings: [finding(64, 3.5), finding(256, 5), slowest],
            plots: [
                .throughput(
                    "verify-throughput",
                    "verify by requests in flight",
                    [("signupd, MariaDB + Redis", loads.mapValues { $0.map(\.load) })]
                ),
                .latencies(
                    "verify-latency",
                    "verify by percentile",
                    Self.setups.map { ("\($0.total) in flight", (loads[$0.total] ?? []).map(\.load)) }
                ),
            ],
            notes: [64, 256].map { (loads[$0] ?? []).costs("`verify`, \($0) in flight") }
        )
    }
}

extension Requests {
    /// Each of these people once.
    static func verifying(_ people: [Person], _ naming: Person.Naming) -> Requests {
        many(people.count, method: "verify", holding: "\"is_active\":true") { people[$0].verifyParameters(naming) }
    }
}
