// What a hash costs, and how many may be in the works: every limit of this target in one place.

import Cryptography
import Foundation

/// How ``Argon2PasswordHasher`` hashes. The defaults are OWASP's for Argon2id: 19 MiB, two passes, one lane.
public struct PasswordHashingConfiguration: Sendable, Equatable {
    /// SIGNUPD_PASSWORD_MEMORY_KIB, within `Argon2id.Cost.memoryKiBRange`. Each thread takes as much while it hashes.
    public var memoryKiB = 19_456
    /// SIGNUPD_PASSWORD_ITERATIONS, within `Argon2id.Cost.iterationsRange`.
    public var iterations = 2
    /// As many threads as cores this process may run on: one more would only add memory.
    public var threadCount = ProcessInfo.processInfo.activeProcessorCount
    /// How many hashes may wait for a thread. At 17 ms and two cores the last of 256 waits 2 s, well within a request's time.
    public var queueCapacity = 256
    /// How many strength estimates may wait: as many as could then go on to be hashed.
    public var estimateQueueCapacity = 256
    /// 0–19: how far the threads stand back behind those that answer `verify` and `ping`.
    public var niceness = 10

    /// The defaults.
    public init() {}

    var cost: Argon2id.Cost {
        Argon2id.Cost(memoryKiB: memoryKiB, iterations: iterations)
    }
}
