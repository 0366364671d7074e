// Instructions a request, by valgrind: a figure that a busy machine does not move.
//
// Each program runs twice under callgrind, with a file of requests and with one of twice as many: what the second needed more,
// divided by how many more there were, is what one of them needs. Starting and stopping cancel out.

import Foundation
import Reporting
import TestServers

struct InstructionsExperiment: Experiment {
    let name = "instructions"
    let title = "Instructions a request"

    private struct Subject {
        let what: String
        let method: String
        let mark: String
        let count: Int
        let settings: [String: String]
        let parameters: (Int) async throws -> [String]
    }

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let stage = try EmbeddedStage(program: bench.program, registry: bench.registry)
        defer { stage.stop() }
        // valgrind 3.19 stumbles over Swift's debugging information, and over its dynamic libraries: measure the standalone program.
        let program = stage.directory.appendingPathComponent("stripped").path
        try Command.run("strip", ["--strip-all", "-o", program, bench.program])
        var findings: [Finding] = []
        var curves: [Plot.Curve] = []
        for subject in subjects(bench, stage) {
            let count = bench.plan.count(subject.count)
            let fewer = try await instructions(program, subject, count, stage.directory)
            let more = try await instructions(program, subject, 2 * count, stage.directory)
            let each = (more - fewer) / Double(count)
            bench.say("\(subject.what): \(Figure.grouped(each)) instructions")
            curves.append(
                Plot.Curve(
                    subject.what.filter { $0 != "`" },
                    [Plot.Point(Double(count), fewer / 1e6), Plot.Point(Double(2 * count), more / 1e6)]
                )
            )
            findings.append(Finding("instructions: \(subject.what)", .none, .instructions, measured: [each]))
        }
        let plot = Plot(
            "instructions",
            title: "Instructions of a whole run, start and exit included",
            x: Plot.Axis("requests", .logarithmic),
            y: Plot.Axis("million instructions", .logarithmic),
            curves: curves
        )
        return ExperimentResult(
            findings: findings,
            plots: [plot],
            notes: [
                "`signupd pipe` on a file under `valgrind --tool=callgrind`, all of the program's threads, the kernel and the servers not"
                    + " counted; the hash at its cheapest, so that the rest of a signup is seen."
            ]
        )
    }

    private func subjects(_ bench: Bench, _ stage: EmbeddedStage) -> [Subject] {
        // Else a fifth of a second of Argon2id would stand for everything.
        let cheapHash = ["SIGNUPD_PASSWORD_MEMORY_KIB": "8", "SIGNUPD_PASSWORD_ITERATIONS": "1"]
        let embedded = stage.environment.merging(cheapHash) { $1 }
        return [
            Subject(
                what: "`service.ping`",
                method: "service.ping",
                mark: "\"ok\":true",
                count: 4_000,
                settings: embedded
            ) {
                Array(repeating: "{}", count: $0)
            },
            Subject(
                what: "`verify`, embedded SQLite",
                method: "verify",
                mark: "\"is_active\":true",
                count: 1_000,
                settings: embedded
            ) { try stage.expectedPeople($0).map { $0.verifyParameters(.emailAndID) } },
            Subject(
                what: "`verify`, MariaDB + Redis",
                method: "verify",
                mark: "\"is_active\":true",
                count: 1_000,
                settings: bench.servers.environment()
            ) { try await bench.servers.expectedPeople($0).map { $0.verifyParameters(.emailAndID) } },
            Subject(
                what: "`signup`, embedded SQLite and Maildir",
                method: "signup",
                mark: "\"signup_id\":\"",
                count: 200,
                settings: embedded
            ) { bench.registry.people($0).map(\.signupParameters) },
        ]
    }

    private func instructions(_ program: String, _ subject: Subject, _ count: Int, _ directory: URL) async throws
        -> Double
    {
        let (input, output) = (directory.appendingPathComponent("lines"), directory.appendingPathComponent("replies"))
        let errors = directory.appendingPathComponent("callgrind")
        try PipeLines.write(try await subject.parameters(count), method: subject.method, to: input)
        let run = ShortRun(
            program: "/usr/bin/valgrind",
            arguments: ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, "pipe", "--drain", "60"],
            environment: subject.settings
        )
        let outcome = try await onThread { try run.run(input: input, output: output, errors: errors) }
        let text = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        guard outcome.status == 0,
            let line = text.split(separator: "\n").last(where: { $0.contains("Collected : ") }),
            let collected = line.split(separator: ":").last.flatMap({ Double($0.filter(\.isNumber)) })
        else { throw ServerFailure("valgrind ended with \(outcome.status): \(text.suffix(1000))") }
        try PipeLines.check(output, count: count, holding: subject.mark)
        return collected
    }
}
