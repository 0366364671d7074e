// What an experiment is given, and what it finds.

import Foundation
import Reporting

/// Measures one or several rows of the report.
protocol Experiment: Sendable {
    /// For `--only`.
    var name: String { get }
    func run(_ bench: Bench) async throws -> ExperimentResult
}

struct ExperimentResult: Sendable {
    var findings: [Finding] = []
    var plots: [Plot] = []
    /// Sentences below the table.
    var notes: [String] = []
}

/// The tools of all experiments.
struct Bench: Sendable {
    let plan: Plan
    let program: String
    let registry: Registry
    let baselines: BaselineProgram
    let servers: ServerStage

    /// Tells the person who waits.
    func say(_ text: String) {
        FileHandle.standardError.write(Data("  \(text)\n".utf8))
    }
}
