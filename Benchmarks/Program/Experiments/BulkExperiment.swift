// A file of verifications through `signupd pipe`, against the same number over the socket.

import Foundation
import LoadGeneration
import Reporting
import TestServers

struct BulkExperiment: Experiment {
    let name = "bulk"
    let title = "A file through `signupd pipe`"

    private static let lines = 100_000

    func run(_ bench: Bench) async throws -> ExperimentResult {
        var (socket, pipe): ([Double], [Double]) = ([], [])
        let count = bench.plan.count(Self.lines)
        for _ in 0..<bench.plan.rounds {
            let program = try bench.servers.serve()
            let people = try await bench.servers.expectedPeople(count)
            let requests = Requests.verifying(people, .emailAndID)
            // As many in flight as a pipe has.
            let load = Load(program.socketPath, requests, connections: 8, inFlight: 8, seconds: Load.longest)
            socket.append(try await bench.measure("verify over the socket, 64 in flight", load).perSecond)
            try program.stop()
            pipe.append(try await verifyFile(bench, count))
            bench.say("the same from a file: \(Unit.perSecond.text(pipe.last ?? 0))")
        }
        let finding = Finding(
            "bulk: `signupd pipe` verifying \(Figure.grouped(Double(count))) lines from a file",
            .ratioAtLeast(0.9),
            .perSecond,
            measured: pipe,
            baseline: socket,
            baselineName: "the socket, 8 connections × 8"
        )
        return ExperimentResult(
            findings: [finding],
            plots: [Self.plot([("the socket, 64 in flight", socket), ("signupd pipe < file", pipe)])],
            notes: ["From the program's start to its exit."]
        )
    }

    private static func plot(_ rates: [(String, [Double])]) -> Plot {
        let curves = rates.map { name, rates in
            Plot.Curve(name, rates.enumerated().map { Plot.Point(Double($0.offset + 1), $0.element) })
        }
        return Plot(
            "bulk",
            title: "verify, from a file and over the socket",
            x: Plot.Axis("round", .linear),
            y: Plot.Axis("requests a second", .linear),
            curves: curves
        )
    }

    private func verifyFile(_ bench: Bench, _ count: Int) async throws -> Double {
        let people = try await bench.servers.expectedPeople(count)
        let directory = bench.servers.directory
        let (input, output) = (directory.appendingPathComponent("lines"), directory.appendingPathComponent("replies"))
        try PipeLines.write(people.map { $0.verifyParameters(.emailAndID) }, method: "verify", to: input)
        let run = ShortRun(program: bench.program, arguments: ["pipe"], environment: bench.servers.environment())
        let outcome = try await onThread { try run.run(input: input, output: output) }
        guard outcome.status == 0 else { throw ServerFailure("signupd pipe ended with \(outcome.status)") }
        try PipeLines.check(output, count: count, holding: "\"is_active\":true")
        return Double(count) / (outcome.milliseconds / 1000)
    }
}
