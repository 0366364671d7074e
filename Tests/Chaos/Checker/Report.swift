// What a run did and what it found, as Markdown.

import Foundation

/// Counts, times, and every violation by its invariant.
struct Report {
    let plan: Plan
    let evidence: Evidence
    let violations: [Violation]
    let duration: Duration
    let settledAfter: Duration?
    let startTimes: [Duration]
    let peak: ProgramProcess.Usage
    let flatness: Flatness
    let commitFaults: (dropped: Int, lost: Int)
    let mailFaults: [MailFault: Int]
    let crashes: Int
    let troubles: [String]

    var text: String {
        ([heading] + [table("What happened", facts)] + [table("Invariants", invariants)] + [details]).joined(
            separator: "\n"
        )
    }

    private var heading: String {
        """
        # Chaos, seed \(plan.seed): \(violations.isEmpty ? "0 violations" : "\(violations.count) VIOLATIONS")

        Two signupd processes on one MariaDB, one Redis (AOF, fsync always) and one SMTP server, each process behind \
        fault proxies of its own; \(Plan.crowd) people at once; \(seconds(duration)) s in all.

        """
    }

    private var facts: [(String, String)] {
        let ledger = evidence.ledger
        let states = Dictionary(grouping: evidence.snapshot.outbox, by: \.state).mapValues(\.count)
        let names = Set(evidence.deliveries.map(\.messageID)).count
        let sorted = startTimes.sorted()
        return [
            ("signups asked for, acknowledged, refused, unknown", outcomes),
            (
                "requests",
                ledger.calls.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            ),
            (
                "error replies",
                ledger.reasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            ),
            ("connections that ended before a reply", "\(ledger.closedConnections)"),
            (
                "signups, members in the tables",
                "\(evidence.snapshot.signups.count), \(evidence.snapshot.members.count)"
            ),
            (
                "outbox: sent, dead, queued",
                ["sent", "dead", "queued"].map { "\(states[$0] ?? 0)" }.joined(separator: ", ")
            ),
            ("mails accepted, of them again", "\(evidence.deliveries.count), \(evidence.deliveries.count - names)"),
            ("kill -9: signupd, MariaDB, Redis", "\(plan.programKills), \(plan.mariadbKills), \(plan.redisKills)"),
            ("aborts at crash points", "\(crashes)"),
            ("SIGSTOP for \(Plan.stopSeconds) s (the lease is \(Plan.leaseSeconds) s)", "\(plan.stops)"),
            ("COMMITs whose reply was dropped, that never arrived", "\(commitFaults.dropped), \(commitFaults.lost)"),
            ("latency, half-open, cut, reset: MariaDB and Redis", "\(plan.storms) of each"),
            (
                "mails spoiled",
                mailFaults.sorted { "\($0.key)" < "\($1.key)" }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            ),
            (
                "settled after healing",
                settledAfter.map { "\(seconds($0)) s" } ?? "not within \(Plan.settlingSeconds) s"
            ),
            (
                "start to first answer, p50, p99",
                "\(percentile(sorted, 50)) ms, \(percentile(sorted, 99)) ms (\(sorted.count))"
            ),
            ("most memory, descriptors of one process", "\(peak.residentKiB / 1024) MiB, \(peak.descriptors)"),
            ("grew at most after the warm-up (lives of \(Flatness.leastLife) and more)", growth),
        ]
    }

    private var growth: String {
        let most = flatness.most
        return String(format: "%.1f MiB, ", Double(most.residentKiB) / 1024)
            + "\(most.descriptors) descriptors (\(flatness.growths.count) lives; "
            + "tolerated are \(Flatness.residentToleranceKiB / 1024) MiB, \(Flatness.descriptorTolerance))"
    }

    private var outcomes: String {
        var (acknowledged, refused, unknown) = (0, 0, 0)
        for attempt in evidence.ledger.attempts {
            switch attempt.outcome {
            case .acknowledged: acknowledged += 1
            case .refused: refused += 1
            case .unknown: unknown += 1
            }
        }
        return "\(evidence.ledger.attempts.count), \(acknowledged), \(refused), \(unknown)"
    }

    private var invariants: [(String, String)] {
        Invariant.allCases.map { invariant in
            let count = violations.count { $0.invariant == invariant }
            return (invariant.rawValue, count == 0 ? "holds" : "**\(count) violations**")
        }
    }

    /// The first few of each kind, and what the run itself could not do.
    private var details: String {
        let lines = Invariant.allCases.flatMap { invariant in
            violations.filter { $0.invariant == invariant }.prefix(8).map { "- \(invariant.rawValue): \($0.detail)" }
        }
        return (lines + troubles.map { "- the run itself: \($0)" }).joined(separator: "\n")
    }

    private func table(_ title: String, _ rows: [(String, String)]) -> String {
        (["## \(title)", "", "| | |", "|---|---|"] + rows.map { "| \($0.0) | \($0.1) |" } + [""]).joined(
            separator: "\n"
        )
    }

    private func percentile(_ sorted: [Duration], _ percent: Int) -> Int {
        guard !sorted.isEmpty else { return 0 }
        let duration = sorted[min(sorted.count - 1, sorted.count * percent / 100)]
        return Int(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
    }

    private func seconds(_ duration: Duration) -> String {
        String(format: "%.1f", Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }
}
