// A run from the first server to the report.

import Foundation
import Synchronization

/// Starts everything, lets it go wrong, heals it, waits, and checks.
struct Run {
    let plan: Plan
    let program: String
    let keepsFiles: Bool

    /// A debug build holds some 60 MiB; a leak over thousands of requests would show.
    private static let memoryLimitKiB = 256 * 1024
    /// The crowd's connections, the pools, and what the runtime holds.
    private static let descriptorLimit = 2 * Plan.crowd + 64

    func perform() throws -> Report {
        let started = ContinuousClock.now
        let installation = try Installation(plan, program: program)
        var isWorthKeeping = true
        defer { installation.tearDown(keepsFiles: keepsFiles || isWorthKeeping) }
        for desk in installation.desks { try desk.program.start() }
        let ledger = Ledger()
        let crowd = Crowd(people: plan.people + (plan.isCrashTour ? 0 : Plan.calmPeople))
        measureForever(installation)
        if plan.isCrashTour { crowd.admit(upTo: 0) }
        crowd.start(plan, installation, ledger)
        let troubles = misfortune(installation, crowd)
        for desk in installation.desks { desk.heal() }
        let healed = ContinuousClock.now
        while !crowd.isQuiet || (!plan.isCrashTour && crowd.begun < plan.people) { usleep(20_000) }
        let settledAfter = try waitUntilSettled(installation, healed)
        crowd.admit(upTo: .max)
        while !crowd.isFinished { usleep(20_000) }
        if settledAfter != nil { _ = try waitUntilSettled(installation, .now) }
        let flatness = Flatness(installation.desks.flatMap(\.program.lives))

        let evidence = Evidence(
            ledger: ledger.snapshot,
            deliveries: installation.mailbag.deliveries,
            snapshot: try Snapshot(installation),
            disturbances: troubles.disturbances,
            refusalsForGood: mailFaults(installation)[.refusedForGood] ?? 0
        )
        var violations = Checker(evidence).violations() + bounds(installation)
        violations += flatness.details.map { Violation(invariant: .flat, detail: $0) }
        if settledAfter == nil { violations.append(Violation(invariant: .settled, detail: "mail is still queued")) }
        let search = SecretSearch(
            codes: evidence.deliveries.map(\.code),
            passwords: evidence.ledger.attempts.map(\.password)
        )
        violations += try search.violations(in: installation)
        isWorthKeeping = !violations.isEmpty
        return report(
            installation,
            troubles,
            evidence,
            violations,
            ContinuousClock.now - started,
            settledAfter,
            flatness
        )
    }

    /// Everything that goes wrong, and what it excuses.
    private struct Troubles {
        let disturbances: [Disturbance]
        let failures: [String]
        let crashes: Int
    }

    private func misfortune(_ installation: Installation, _ crowd: Crowd) -> Troubles {
        if plan.isCrashTour {
            let tour = CrashTour(installation, crowd)
            tour.conduct()
            return Troubles(disturbances: tour.disturbances, failures: tour.failures, crashes: tour.crashes)
        }
        let conductor = Conductor(plan, installation, crowd)
        conductor.conduct()
        return Troubles(disturbances: conductor.disturbances, failures: conductor.failures, crashes: 0)
    }

    /// How long after healing no mail was owed any more; the people who were under way then count too.
    private func waitUntilSettled(_ installation: Installation, _ healed: ContinuousClock.Instant) throws -> Duration? {
        repeat {
            if try Snapshot.queuedMails(installation) == 0 { return ContinuousClock.now - healed }
            usleep(100_000)
        } while ContinuousClock.now - healed < .seconds(Plan.settlingSeconds)
        return nil
    }

    private func measureForever(_ installation: Installation) {
        Thread.detachNewThread {
            while true {
                for desk in installation.desks { desk.program.measure() }
                usleep(250_000)
            }
        }
    }

    private func bounds(_ installation: Installation) -> [Violation] {
        installation.desks.flatMap { desk -> [Violation] in
            let peak = desk.program.peak
            var details: [String] = []
            if peak.residentKiB > Self.memoryLimitKiB { details.append("\(peak.residentKiB) KiB resident") }
            if peak.descriptors > Self.descriptorLimit { details.append("\(peak.descriptors) descriptors") }
            return details.map { Violation(invariant: .flat, detail: $0) }
        }
    }

    private func mailFaults(_ installation: Installation) -> [MailFault: Int] {
        installation.desks.map { $0.smtp.faultsDone.withLock { $0 } }.reduce(into: [:]) {
            $0.merge($1, uniquingKeysWith: +)
        }
    }

    private func report(
        _ installation: Installation,
        _ troubles: Troubles,
        _ evidence: Evidence,
        _ violations: [Violation],
        _ duration: Duration,
        _ settledAfter: Duration?,
        _ flatness: Flatness
    ) -> Report {
        let desks = installation.desks
        let commits = desks.map(\.mariadb.orders.commitFaultsDone)
        let peaks = desks.map(\.program.peak)
        return Report(
            plan: plan,
            evidence: evidence,
            violations: violations,
            duration: duration,
            settledAfter: settledAfter,
            startTimes: desks.flatMap(\.program.startTimes),
            peak: ProgramProcess.Usage(
                residentKiB: peaks.map(\.residentKiB).max() ?? 0,
                descriptors: peaks.map(\.descriptors).max() ?? 0
            ),
            flatness: flatness,
            commitFaults: (commits.map(\.dropped).reduce(0, +), commits.map(\.lost).reduce(0, +)),
            mailFaults: mailFaults(installation),
            crashes: troubles.crashes,
            troubles: troubles.failures
        )
    }
}
