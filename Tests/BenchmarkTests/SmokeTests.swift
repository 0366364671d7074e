// The whole suite with next to nothing to do: so that it still runs when somebody wants a figure.

import Foundation
import TestServers
import Testing

@Suite(.timeLimit(.minutes(3))) struct SmokeTests {
    @Test("every experiment runs on its real servers, and the report has all of their rows and plots")
    func everything() throws {
        let reports = try makeTemporaryDirectory("reports")
        defer { try? FileManager.default.removeItem(at: reports) }  // Left over, it does no harm.
        try Command.run(try Self.program, ["--plan", "smoke", "--reports", reports.path])
        let files = try FileManager.default.contentsOfDirectory(atPath: reports.path)
        let page = try #require(files.first { $0.hasSuffix(".md") })
        let text = try String(contentsOf: reports.appendingPathComponent(page), encoding: .utf8)
        for row in Self.rows {
            #expect(text.contains(row), "the report has no row about \(row)")
        }
        // What stands before the first link names no plot.
        for plot in text.split(separator: "](").dropFirst().compactMap({ $0.split(separator: ")").first }) {
            #expect(plot.hasSuffix(".svg") && files.contains(String(plot)), "there is no \(plot)")
        }
        #expect(files.count { $0.hasSuffix(".svg") } >= 6)
    }

    /// Every line of the goals but growth, which `make bench-growth` measures.
    private static let rows = [
        "MariaDB + Redis, 64 in flight", "MariaDB + Redis, 256 in flight", "embedded SQLite, 256 in flight",
        "by e-mail at 1 in flight", "by e-mail and signup_id at 1 in flight", "`signup` throughput",
        "`signup` latency at 1 in flight", "`verify` p99 while signups", "`service.ping` p99 while signups",
        "50 connections, 1 in flight each", "pipelined 16 deep", "courier, claims, codes", "memory, idle",
        "1,000 idle connections", "start: ", "bulk: ",
    ]

    /// Beside the test bundle, where `swift build` put it.
    private static var program: String {
        get throws {
            let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            for directory in [bundle.deletingLastPathComponent(), URL(fileURLWithPath: ".build/debug")] {
                let program = directory.appendingPathComponent("Benchmarks").path
                if FileManager.default.isExecutableFile(atPath: program) { return program }
            }
            throw ServerFailure("no Benchmarks beside \(bundle.path); build it first: swift build --build-tests")
        }
    }
}
