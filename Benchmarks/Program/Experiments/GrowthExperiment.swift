// verify with ten million members and signups in the tables, against ten thousand.

import Foundation
import LoadGeneration
import Reporting
import TestServers

struct GrowthExperiment: Experiment {
    let name = "growth"
    let title = "Growth"

    private static let large = 10_000_000
    private static let small = 10_000
    private static let people = 60_000
    private static let connections = 8
    private static let inFlight = 32
    /// The grown tables fit, as those of a service of that size do: what is measured is their depth, and not the disk.
    private static let settings = ["--innodb-buffer-pool-size=14G", "--innodb-log-file-size=4G"]

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let stage = try ServerStage(program: bench.program, registry: bench.registry, mariadbSettings: Self.settings)
        defer { stage.stop() }
        let largeCount = bench.plan.count(Self.large)
        let bytes = try await onThread { try fill(bench, stage, largeCount) }
        var (small, large): ([LoadResult], [LoadResult]) = ([], [])
        for _ in 0..<bench.plan.rounds {
            small.append(try await verify(bench, stage, stage.baselineDatabase, rows: Self.small))
            large.append(try await verify(bench, stage, stage.database, rows: largeCount))
        }
        let finding = Finding(
            "growth: `verify` with \(Figure.grouped(Double(largeCount))) members and as many signups, 256 in flight",
            .ratioAtLeast(0.8),
            .perSecond,
            measured: large.map(\.perSecond),
            baseline: small.map(\.perSecond),
            baselineName: "\(Figure.grouped(Double(Self.small))) of each"
        )
        let plot = Plot.latencies(
            "growth-latency",
            "verify by percentile, 256 in flight",
            [("10 thousand", small), (Figure.grouped(Double(largeCount)), large)]
        )
        let notes = [
            "Buffer pool and log: \(Self.settings.joined(separator: ", ")); MariaDB's files took \(Figure.short(bytes / 1e9)) GB.",
            "Those who verify have addresses and nicknames spread evenly among the others'.",
        ]
        return ExperimentResult(findings: [finding], plots: [plot], notes: notes)
    }

    /// - Returns: what all of it takes on the disk.
    private func fill(_ bench: Bench, _ stage: ServerStage, _ largeCount: Int) throws -> Double {
        let directory = stage.directory.appendingPathComponent("mariadb")
        let tables = GrownTables(mariadb: stage.mariadb, directory: directory)
        for (database, count) in [(stage.baselineDatabase, Self.small), (stage.database, largeCount)] {
            let start = ContinuousClock.now
            try tables.fill(database, count: count, passwordHash: bench.registry.passwordHash) { done in
                if done % 1_000_000 == 0 { bench.say("\(Figure.grouped(Double(done))) rows") }
            }
            bench.say("\(count) members and signups in \(ContinuousClock.now - start)")
        }
        return Double(try GrownTables.byteCount(of: directory))
    }

    private func verify(_ bench: Bench, _ stage: ServerStage, _ database: String, rows: Int) async throws -> LoadResult
    {
        let program = try stage.serve(database: database)
        let people = try await stage.expectedPeople(bench.plan.count(Self.people), database: database) { _ in
            GrownTables.address(.random(in: 0...rows * GrownTables.spacing))
        }
        let requests = Requests.verifying(people, .emailAndID)
        var load = Load(
            program.socketPath,
            requests,
            connections: Self.connections,
            inFlight: Self.inFlight,
            seconds: Load.longest
        )
        load.warmUp = people.count / 10
        let result = try await bench.measure("verify among \(rows)", load)
        try program.stop()
        return result
    }
}
