// Mail that is owed, from a full outbox to the last settlement, against a bare loop around libcurl with as many connections.

import Foundation
import LoadGeneration
import Reporting
import Signup
import TestServers

struct CourierExperiment: Experiment {
    let name = "courier"
    let title = "The courier"

    /// The program's default.
    private static let connections = 8
    private static let mails = 30_000

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        let count = bench.plan.count(Self.mails)
        var (alone, courier): ([Double], [Double]) = ([], [])
        var curves: [Plot.Curve] = []
        for _ in 0..<bench.plan.rounds {
            let (bare, bareArrivals) = try await sendBare(count, bench)
            let (owed, owedArrivals) = try await sendOwed(count, bench)
            alone.append(bare)
            courier.append(owed)
            curves = [
                Plot.Curve("libcurl's mime loop in C", bareArrivals.points),
                Plot.Curve("the courier", owedArrivals.points),
            ]
            bench.say("libcurl alone: \(Unit.perSecond.text(bare)), courier: \(Unit.perSecond.text(owed))")
        }
        try program.stop()
        let finding = Reporting.Finding(
            "courier, claims, codes and settlements included",
            .ratioAtLeast(0.6),
            .perSecond,
            measured: courier,
            baseline: alone,
            baselineName: "libcurl's mime loop in C, \(Self.connections) kept connections"
        )
        let plot = Plot(
            "courier-arrivals",
            title: "\(Figure.grouped(Double(count))) mails on their way",
            x: Plot.Axis("seconds since the first arrived", .linear),
            y: Plot.Axis("mails arrived", .linear),
            curves: curves
        )
        let notes = [
            "\(count) mails a round to Postfix's smtp-sink, from the first that arrived to the last row settled.",
            "The plot is of the last round.",
        ]
        return ExperimentResult(findings: [finding], plots: [plot], notes: notes)
    }

    private func sendBare(_ count: Int, _ bench: Bench) async throws -> (perSecond: Double, MailArrivals) {
        async let arrivals = MailArrivals.watch(count, at: bench.servers.sink)
        let figures = try await bench.baselines.mails(bench.servers, connections: Self.connections, count: count)
        return ((figures["mails"] ?? 0) / (figures["seconds"] ?? 1), try await arrivals)
    }

    /// Fills the outbox in one transaction and waits until nothing is owed.
    private func sendOwed(_ count: Int, _ bench: Bench) async throws -> (perSecond: Double, MailArrivals) {
        let servers = bench.servers
        try servers.loadSignups(bench.registry.people(count), into: servers.database, isMailed: false)
        async let watched = MailArrivals.watch(count, at: servers.sink)
        try servers.oweMail()
        let arrivals = try await watched
        let giveUpAt = ContinuousClock.now + MailArrivals.patience
        while try servers.owedCount() > 0 {
            guard ContinuousClock.now < giveUpAt else {
                throw ServerFailure("\(try servers.owedCount()) mails that arrived are owed still")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let seconds = (ContinuousClock.now - arrivals.firstAt) / .seconds(1)
        let arrived = try servers.sink.messageCount() - arrivals.countBefore
        guard arrived == count else { throw ServerFailure("\(arrived) mails for \(count) signups") }
        return (Double(count) / seconds, arrivals)
    }
}

extension ServerStage {
    /// Owes a mail to each of them, all at once.
    fileprivate func oweMail() throws {
        _ = try mariadb.run(
            """
            INSERT INTO outbox (signup_id, template, issue, recipient, due_at, created_at)
            SELECT s.id, '\(MailTemplate.verifyEmail.rawValue)', 1, s.recipient, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
            FROM signups AS s LEFT JOIN outbox AS o ON o.signup_id = s.id
            WHERE s.state = 'pending' AND s.expires_at IS NULL AND o.id IS NULL
            """,
            database: database
        )
    }

    fileprivate func owedCount() throws -> Int {
        let text = try mariadb.run("SELECT COUNT(*) FROM outbox WHERE state <> 'sent'", database: database)
        guard let count = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ServerFailure("no count of owed mail: \(text)")
        }
        return count
    }
}
