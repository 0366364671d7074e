// benchmarks: measures signupd beside what its parts can do alone, on servers of its own, and writes a report.
//
// Needs the release program and the two baselines beside itself (`make bench` builds them), MariaDB, Redis and smtp-sink.
// Any error reply and any lost mail ends it with status 1 and no report.

import ArgumentParser
import Foundation
import Reporting

@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measures signupd beside what its parts can do alone."
    )

    @Option(help: "full, quick or smoke.") var plan = "full"
    @Option(help: "Rounds, if not the plan's.") var rounds: Int?
    @Option(help: "Only these experiments, with commas.") var only: String?
    @Option(help: "The program; the one beside this one if not given.") var program: String?
    @Option(help: "The folder for the report; none is written if not given.") var reports: String?

    static let experiments: [any Experiment] = [VerifyExperiment(), PingExperiment()]

    func run() async throws {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let program = program ?? beside.appendingPathComponent("signupd").path
        let registry = try Registry()
        let servers = try ServerStage(program: program, registry: registry)
        defer { servers.stop() }
        let bench = Bench(
            plan: try chosenPlan(),
            program: program,
            registry: registry,
            baselines: BaselineProgram(directory: beside),
            servers: servers
        )
        for experiment in try chosenExperiments() {
            bench.say("\(experiment.name):")
            let result = try await experiment.run(bench)
            for finding in result.findings { print(finding.summary) }
        }
    }

    private func chosenPlan() throws -> Plan {
        let plans = ["full": Plan.full, "quick": .quick, "smoke": .smoke]
        guard var plan = plans[plan] else { throw ValidationError("--plan is full, quick or smoke") }
        if let rounds { plan.rounds = rounds }
        return plan
    }

    private func chosenExperiments() throws -> [any Experiment] {
        guard let only else { return Self.experiments }
        return try only.split(separator: ",").map { name in
            guard let experiment = Self.experiments.first(where: { $0.name == name }) else {
                let known = Self.experiments.map(\.name).joined(separator: ", ")
                throw ValidationError("there is no experiment \(name); there are \(known)")
            }
            return experiment
        }
    }
}
