// chaos: breaks everything around signupd, again and again, and checks that nothing acknowledged is lost.
//
// Needs the built program beside itself, and MariaDB, Redis and smtp-sink. Exits 1 if any invariant was violated.

import ArgumentParser
import Foundation

@main
struct Chaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Breaks everything around signupd and checks that nothing acknowledged is lost."
    )

    @Option(help: "The same seed makes the same faults.") var seed: UInt64 = .random(in: 1...999_999)
    @Option(help: "People who sign up.") var people = 300
    @Option(help: "kill -9 of signupd.") var kills = 8
    @Option(help: "kill -9 of MariaDB.") var mariadbKills = 1
    @Option(help: "kill -9 of Redis.") var redisKills = 1
    @Option(help: "COMMITs whose reply is dropped; a quarter as many never arrive.") var commits = 8
    @Option(help: "SIGSTOP of signupd, for longer than a lease.") var stops = 1
    @Option(help: "Latency, half-open, cut and reset, so often each.") var storms = 1
    @Flag(help: "Instead of all that: abort at each crash point of a debug build, three times.") var crashPoints = false
    @Option(help: "The program; the one beside this one if not given.") var program: String?
    @Option(help: "Where the report goes too.") var report: String?
    @Flag(help: "Keep the logs.") var keep = false
    @Option(help: "The program has a defect: succeed if this invariant, by its number, is found violated.")
    var expects: Int?

    func run() throws {
        let expected = try expects.map { number in
            guard let invariant = Invariant(number: number) else {
                throw ValidationError("There is no invariant \(number).")
            }
            return invariant
        }
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        var plan = Plan(
            seed: seed,
            people: people,
            programKills: kills,
            mariadbKills: mariadbKills,
            redisKills: redisKills,
            droppedCommits: commits,
            lostCommits: commits / 4,
            stops: stops,
            storms: storms
        )
        if crashPoints { plan.beCrashTour() }
        let path = program ?? beside.appendingPathComponent("signupd").path
        let result = try Run(plan: plan, program: path, keepsFiles: keep).perform()
        print(result.text)
        if let report { try result.text.write(toFile: report, atomically: true, encoding: .utf8) }
        if let expected { return try confirm(result, names: expected) }
        if !result.violations.isEmpty || !result.troubles.isEmpty { throw ExitCode(1) }
    }

    /// A checker that cannot fail proves nothing: this run's program is broken on purpose.
    private func confirm(_ result: Report, names expected: Invariant) throws {
        let isNamed = result.violations.contains { $0.invariant == expected }
        print("The defect was \(isNamed ? "caught" : "NOT CAUGHT") by: \(expected.rawValue)")
        if !isNamed { throw ExitCode(1) }
    }
}
