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
    /// Far longer than a full outbox takes.
    private static let patience = Duration.seconds(120)

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        let count = bench.plan.count(Self.mails)
        var (alone, courier): ([Double], [Double]) = ([], [])
        for _ in 0..<bench.plan.rounds {
            let before = try bench.servers.sink.messageCount()
            let figures = try await bench.baselines.mails(bench.servers, connections: Self.connections, count: count)
            try await bench.servers.sink.waitForMessages(before + count)
            alone.append((figures["mails"] ?? 0) / (figures["seconds"] ?? 1))
            courier.append(try await send(count, bench))
            bench.say(
                "libcurl alone: \(Unit.perSecond.text(alone.last ?? 0)), courier: \(Unit.perSecond.text(courier.last ?? 0))"
            )
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
        let note = "\(count) mails a round to Postfix's smtp-sink, from the first that arrived to the last row settled."
        return ExperimentResult(findings: [finding], notes: [note])
    }

    /// Fills the outbox in one transaction and waits until nothing is owed.
    private func send(_ count: Int, _ bench: Bench) async throws -> Double {
        let servers = bench.servers
        try servers.loadSignups(bench.registry.people(count), into: servers.database, isMailed: false)
        let before = try servers.sink.messageCount()
        try servers.oweMail()
        let giveUpAt = ContinuousClock.now + Self.patience
        var first: ContinuousClock.Instant?
        while ContinuousClock.now < giveUpAt {
            let arrived = try servers.sink.messageCount() - before
            if arrived > 0, first == nil { first = .now }
            if arrived >= count, try servers.owedCount() == 0 {
                guard let first, arrived == count else { throw ServerFailure("\(arrived) mails for \(count) signups") }
                return Double(count) / ((ContinuousClock.now - first) / .seconds(1))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw ServerFailure("\(try servers.sink.messageCount() - before) of \(count) mails arrived in \(Self.patience)")
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
