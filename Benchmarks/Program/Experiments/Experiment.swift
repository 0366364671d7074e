// What an experiment is given, and what it finds.

import Foundation
import LoadGeneration
import Reporting

/// Measures one or several rows of the report.
protocol Experiment: Sendable {
    /// For `--only`.
    var name: String { get }
    /// Its heading in the report.
    var title: String { get }
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

    /// Runs a load on a thread of its own.
    func measure(_ what: String, _ load: Load) async throws -> LoadResult {
        let result = try await onThread { try load.run() }
        say("\(what): \(result.line)")
        return result
    }

    /// The same, with what the program took of a core meanwhile.
    func measure(_ what: String, _ load: Load, on program: ServingProgram) async throws -> CostedLoad {
        let before = program.processorSeconds
        let result = try await measure(what, load)
        return CostedLoad(load: result, programSeconds: program.processorSeconds - before)
    }

    /// Tells the person who waits.
    func say(_ text: String) {
        FileHandle.standardError.write(Data("  \(text)\n".utf8))
    }
}

extension Load {
    /// Seconds; far longer than any load takes that ends by its count.
    static let longest: Double = 60
}

/// A load and its price.
struct CostedLoad: Sendable {
    let load: LoadResult
    /// Of one core, over all of the program's threads.
    let programSeconds: Double

    /// Microseconds of a core for each request.
    var programCost: Double { programSeconds / Double(load.total) * 1e6 }
    var ownCost: Double { load.ownProcessorSeconds / Double(load.total) * 1e6 }
}

extension [CostedLoad] {
    /// A sentence for the report.
    func costs(_ what: String) -> String {
        let (program, own) = (map(\.programCost).median, map(\.ownCost).median)
        return
            "\(what): a request took \(Figure.short(program)) µs of a core in signupd and \(Figure.short(own)) µs in the load generator."
    }
}
