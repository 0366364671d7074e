// signup with the standard hash, courier and logs on, against Argon2id by itself; and what others notice of it.

import Foundation
import LoadGeneration
import Reporting

struct SignupExperiment: Experiment {
    let name = "signup"
    let title = "`signup`"

    /// Twice the cores would do; more shows that waiting costs nothing.
    private static let connections = 8
    private static let inFlight = 8
    /// More than two cores can hash in the longest round.
    private static let people = 4_000
    private static let singleHashes = 100
    /// Calm beside the signups: they see how long the server takes, not how long they queue behind one another.
    private static let calmRate: Double = 300

    private struct Round {
        var hashRate = 0.0
        var hashMilliseconds = 0.0
        var signups: LoadResult
        var single: LoadResult
        var pings: LoadResult
        var verifications: LoadResult
    }

    func run(_ bench: Bench) async throws -> ExperimentResult {
        let program = try bench.servers.serve()
        var rounds: [Round] = []
        for _ in 0..<bench.plan.rounds { rounds.append(try await round(bench, program)) }
        try program.stop()
        return result(rounds)
    }

    private func round(_ bench: Bench, _ program: ServingProgram) async throws -> Round {
        let seconds = bench.plan.seconds * 2
        let hashRate = try await Hashing.rate(seconds: seconds)
        bench.say("Argon2id alone, \(Hashing.coreCount) threads: \(Unit.perSecond.text(hashRate))")
        let signups = try await mailed(bench, "signup, 64 in flight") {
            try await bench.measure("signup, 64 in flight", load(bench, program, seconds))
        }
        let hashes = try await Hashing.milliseconds(count: bench.plan.count(Self.singleHashes))
        var alone = load(bench, program, Load.longest)
        (alone.connections, alone.inFlight, alone.warmUp) = (1, 1, 5)
        alone.count = bench.plan.count(Self.singleHashes)
        let one = alone
        let single = try await mailed(bench, "signup") { try await bench.measure("signup, 1 in flight", one) }
        let (pings, verifications) = try await beside(bench, program, seconds)
        return Round(
            hashRate: hashRate,
            hashMilliseconds: hashes.median,
            signups: signups,
            single: single,
            pings: pings,
            verifications: verifications
        )
    }

    /// Pings and verifications at a steady rate while signups keep every core hashing.
    private func beside(
        _ bench: Bench,
        _ program: ServingProgram,
        _ seconds: Double
    ) async throws -> (LoadResult, LoadResult) {
        let rate = Self.calmRate
        let people = try await bench.servers.expectedPeople(Int(rate * seconds) + 64)
        var pings = Load(program.socketPath, .pings, connections: 4, inFlight: 64, seconds: seconds)
        var verifications = Load(
            program.socketPath,
            .verifying(people, .emailAndID),
            connections: 4,
            inFlight: 64,
            seconds: seconds
        )
        pings.pace = .open(perSecond: rate)
        verifications.pace = .open(perSecond: rate)
        // The first half second has no signup yet, or only the first.
        pings.warmUp = Int(rate * min(0.5, seconds / 4))
        verifications.warmUp = pings.warmUp
        let (ready, readyToo) = (pings, verifications)
        var results: (LoadResult, LoadResult)?
        _ = try await mailed(bench, "signup") {
            async let signups = bench.measure("signup, beside pings and verifications", load(bench, program, seconds))
            async let pinged = bench.measure("service.ping beside them, \(Int(rate))/s", ready)
            async let verified = bench.measure("verify beside them, \(Int(rate))/s", readyToo)
            results = (try await pinged, try await verified)
            return try await signups
        }
        guard let results else { throw LoadFailure("nothing was measured beside the signups") }
        return results
    }

    private func load(_ bench: Bench, _ program: ServingProgram, _ seconds: Double) -> Load {
        let people = bench.registry.people(Self.people)
        let requests = Requests.many(people.count, method: "signup", holding: "\"signup_id\":\"") {
            people[$0].signupParameters
        }
        var load = Load(
            program.socketPath,
            requests,
            connections: Self.connections,
            inFlight: Self.inFlight,
            seconds: seconds
        )
        load.warmUp = 8
        return load
    }

    /// Measures, and throws unless every signup's mail arrives.
    private func mailed(
        _ bench: Bench,
        _ what: String,
        _ body: () async throws -> LoadResult
    ) async throws -> LoadResult {
        let before = try bench.servers.sink.messageCount()
        let result = try await body()
        try await bench.servers.sink.waitForMessages(before + result.total)
        return result
    }

    private func result(_ rounds: [Round]) -> ExperimentResult {
        let findings = [
            Finding(
                "`signup` throughput, courier and logs on",
                .ratioAtLeast(0.95),
                .perSecond,
                measured: rounds.map(\.signups.perSecond),
                baseline: rounds.map(\.hashRate),
                baselineName: "Argon2id alone on all cores"
            ),
            Finding(
                "`signup` latency at 1 in flight, p50",
                .ratioAtMost(1.15),
                .milliseconds,
                measured: rounds.map { $0.single.milliseconds(50) },
                baseline: rounds.map(\.hashMilliseconds),
                baselineName: "one hash"
            ),
            Finding(
                "`verify` p99 while signups saturate the hashing",
                .atMost(5),
                .milliseconds,
                measured: rounds.map { $0.verifications.milliseconds(99) }
            ),
            Finding(
                "`service.ping` p99 while signups saturate the hashing",
                .atMost(2),
                .milliseconds,
                measured: rounds.map { $0.pings.milliseconds(99) }
            ),
        ]
        let plot = Plot.latencies(
            "signup-latency",
            "Latencies around the hash, by percentile",
            [
                ("signup, 1 in flight", rounds.map(\.single)), ("signup, 64 in flight", rounds.map(\.signups)),
                ("verify beside signups", rounds.map(\.verifications)),
                ("service.ping beside signups", rounds.map(\.pings)),
            ]
        )
        let note =
            "Pings and verifications beside signups came at \(Int(Self.calmRate))/s each; their latency counts from when each was due."
        return ExperimentResult(findings: findings, plots: [plot], notes: [note])
    }
}
