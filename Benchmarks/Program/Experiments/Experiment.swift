// What an experiment is given, and what it finds.

import Foundation
import LoadGeneration
import Reporting
import TestServers

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

    /// The same, with what the program and the servers behind it took of a core meanwhile.
    func measure(_ what: String, _ load: Load, on program: ServingProgram) async throws -> CostedLoad {
        func processorSeconds() throws -> [Double] {
            let servers = try [servers.mariadb.processIdentifier(), servers.redis.processIdentifier()]
            return [program.processorSeconds] + servers.map { ProcessFigures.processorSeconds(of: $0) }
        }
        let before = try processorSeconds()
        let result = try await measure(what, load)
        let taken = zip(try processorSeconds(), before).map { $0 - $1 }
        let costed = CostedLoad(
            load: result,
            programSeconds: taken[0],
            mariadbSeconds: taken[1],
            redisSeconds: taken[2]
        )
        say([costed].costs("there"))
        return costed
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
    /// Of one core, over all threads.
    let programSeconds: Double
    let mariadbSeconds: Double
    let redisSeconds: Double

    /// Microseconds of a core for each request.
    func cost(_ seconds: Double) -> Double { seconds / Double(load.total) * 1e6 }
}

extension [CostedLoad] {
    /// A sentence for the report.
    func costs(_ what: String) -> String {
        func cost(_ seconds: (CostedLoad) -> Double) -> String {
            Figure.short(map { $0.cost(seconds($0)) }.median)
        }
        return
            "\(what): a request took \(cost(\.programSeconds)) µs of a core in signupd, \(cost(\.mariadbSeconds)) µs in MariaDB,"
            + " \(cost(\.redisSeconds)) µs in Redis and \(cost(\.load.ownProcessorSeconds)) µs in the load generator."
    }
}
