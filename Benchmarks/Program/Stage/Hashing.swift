// Argon2id by itself, on as many threads as there are cores, as signupd's pool has.

import Cryptography
import Foundation

enum Hashing {
    /// signupd's defaults.
    private static let cost = Argon2id.Cost(memoryKiB: 19_456, iterations: 2)

    static var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Hashes a second on all cores.
    static func rate(seconds: Double) async throws -> Double {
        let start = ContinuousClock.now
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<coreCount {
                group.addTask { try await onThread { try times(until: start + .seconds(seconds)).count } }
            }
            return try await group.reduce(0, +)
        }
        return Double(counts) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// Milliseconds of each of so many hashes, one after the other.
    static func milliseconds(count: Int) async throws -> [Double] {
        try await onThread { try (0..<count).map { _ in try hash() } }
    }

    private static func times(until end: ContinuousClock.Instant) throws -> [Double] {
        var times: [Double] = []
        repeat { times.append(try hash()) } while ContinuousClock.now < end
        return times
    }

    private static func hash() throws -> Double {
        let start = ContinuousClock.now
        _ = try Argon2id.hash(SecretBytes(Array(Registry.password.utf8)), cost: cost)
        return (ContinuousClock.now - start) / .milliseconds(1)
    }
}
