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
    @Option(help: "The folder for the report and its plots; none is written if not given.") var reports: String?
    @Option(help: "The report's name, before the date.") var reportName = "bench"

    /// In the order of the report.
    static let experiments: [any Experiment] = [
        VerifyExperiment(), SingleVerifyExperiment(), EmbeddedVerifyExperiment(), SignupExperiment(), PingExperiment(),
        CourierExperiment(), FootprintExperiment(), BulkExperiment(), InstructionsExperiment(),
    ]
    /// By name only: it takes as long as all the others.
    static let onRequest: [any Experiment] = [GrowthExperiment()]

    func run() async throws {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let program = program ?? beside.appendingPathComponent("signupd").path
        let plan = try chosenPlan()
        let experiments = try chosenExperiments(plan)
        let registry = try Registry()
        let servers = try ServerStage(program: program, registry: registry)
        defer { servers.stop() }
        let baselines = BaselineProgram(directory: beside)
        let bench = Bench(plan: plan, program: program, registry: registry, baselines: baselines, servers: servers)
        let circumstances = Circumstances.list(servers, plan: plan)
        var sections: [Report.Section] = []
        for experiment in experiments {
            bench.say("\(experiment.name):")
            let result = try await experiment.run(bench)
            for finding in result.findings { print(finding.summary) }
            sections.append(
                Report.Section(experiment.title, findings: result.findings, plots: result.plots, notes: result.notes)
            )
        }
        if let reports { try write(sections, circumstances, to: URL(fileURLWithPath: reports)) }
    }

    private func write(_ sections: [Report.Section], _ circumstances: [(String, String)], to folder: URL) throws {
        let date = String(WallTime.text(WallTime.now).prefix(10))
        let name = "\(reportName)-\(date)"
        let report = Report(
            title: "Measured on \(date)",
            introduction: "Every reply was checked and every mail counted: one error, and there would be no report.",
            circumstances: circumstances,
            sections: sections
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let page = folder.appendingPathComponent("\(name).md")
        try Data(report.markdown(plotPrefix: "\(name)-").utf8).write(to: page)
        for plot in report.plots {
            try Data(plot.svg.utf8).write(to: folder.appendingPathComponent("\(name)-\(plot.name).svg"))
        }
        print("wrote \(page.path)")
    }

    private func chosenPlan() throws -> Plan {
        let plans = ["full": Plan.full, "quick": .quick, "smoke": .smoke]
        guard var plan = plans[plan] else { throw ValidationError("--plan is full, quick or smoke") }
        if let rounds { plan.rounds = rounds }
        return plan
    }

    private func chosenExperiments(_ plan: Plan) throws -> [any Experiment] {
        guard let only else { return Self.experiments.filter { !plan.skipped.contains($0.name) } }
        let all = Self.experiments + Self.onRequest
        return try only.split(separator: ",").map { name in
            guard let experiment = all.first(where: { $0.name == name }) else {
                let known = all.map(\.name).joined(separator: ", ")
                throw ValidationError("there is no experiment \(name); there are \(known)")
            }
            return experiment
        }
    }
}
