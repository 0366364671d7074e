import Foundation
import Passwords
import Signup
import Synchronization
import Testing

/// Counted on one thread, read on another.
private final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func increment() { value.add(1, ordering: .relaxed) }
}

@Suite("The password hasher")
struct Argon2PasswordHasherTests {
    private static func cheap(threadCount: Int = 2, queueCapacity: Int = 64) -> PasswordHashingConfiguration {
        var configuration = PasswordHashingConfiguration()
        configuration.memoryKiB = 64
        configuration.iterations = 1
        configuration.threadCount = threadCount
        configuration.queueCapacity = queueCapacity
        return configuration
    }

    private let soon = Deadline.now + .seconds(60)

    @Test("hashes with 19 MiB and two passes unless told otherwise")
    func defaults() async throws {
        let hasher = Argon2PasswordHasher()
        defer { hasher.shutDown() }
        let password = try Password("violet-Kettle 41 harbor")
        let hash = try await hasher.hash(password, deadline: soon)
        #expect(hash.phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try await hasher.verify(password, against: hash, deadline: soon))
        #expect(try await !hasher.verify(Password("violet-Kettle 42 harbor"), against: hash, deadline: soon))
    }

    @Test("verifies what was hashed with other settings")
    func otherSettings() async throws {
        let password = try Password("violet-Kettle 41 harbor")
        let old = Argon2PasswordHasher(configuration: Self.cheap())
        let hash = try await old.hash(password, deadline: soon)
        old.shutDown()
        var configuration = Self.cheap()
        configuration.memoryKiB = 256
        configuration.iterations = 3
        let new = Argon2PasswordHasher(configuration: configuration)
        defer { new.shutDown() }
        #expect(hash.phc.contains("$m=64,t=1,p=1$"))
        #expect(try await new.verify(password, against: hash, deadline: soon))
    }

    @Test("calls a damaged hash a defect, not a wrong password")
    func damaged() async throws {
        let hasher = Argon2PasswordHasher(configuration: Self.cheap())
        defer { hasher.shutDown() }
        let failure = await #expect(throws: BackendFailure.self) {
            try await hasher.verify(Password("violet-Kettle"), against: PasswordHash(phc: "x"), deadline: soon)
        }
        #expect(failure?.kind == .defect)
    }

    @Test("does not begin what nobody waits for any more")
    func deadline() async throws {
        let hasher = Argon2PasswordHasher(configuration: Self.cheap())
        defer { hasher.shutDown() }
        let password = try Password("violet-Kettle")
        let past = Deadline.now - .milliseconds(1)
        for _ in 0..<3 {
            let hashing = await #expect(throws: BackendFailure.self) { try await hasher.hash(password, deadline: past) }
            #expect(hashing?.kind == .deadlineExceeded)
            let estimating = await #expect(throws: BackendFailure.self) {
                try await hasher.strengthBits(of: password, userWords: [], deadline: past)
            }
            #expect(estimating?.kind == .deadlineExceeded)
        }
    }

    @Test("refuses what its queue has no room for, says when to come back, and finishes the rest")
    func overloaded() async throws {
        var configuration = Self.cheap(threadCount: 1, queueCapacity: 4)
        configuration.memoryKiB = 19_456
        let hasher = Argon2PasswordHasher(configuration: configuration)
        defer { hasher.shutDown() }
        let password = try Password("violet-Kettle")
        let soon = soon
        let outcomes = await withTaskGroup { group in
            for _ in 0..<40 {
                group.addTask { () -> Result<PasswordHash, BackendFailure> in
                    do throws(BackendFailure) {
                        return .success(try await hasher.hash(password, deadline: soon))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var refusals: [BackendFailure] = []
        for case .failure(let failure) in outcomes { refusals.append(failure) }
        #expect(outcomes.count == 40)
        #expect((4..<40).contains(40 - refusals.count))
        for refusal in refusals {
            #expect(refusal.kind == .overloaded)
            #expect(refusal.backend == .passwords)
            #expect((refusal.retryAfter ?? .zero) > .zero)
        }
    }

    @Test("tells its threads when they begin, and when nothing waits any more")
    func hooks() async throws {
        let (began, rested) = (Counter(), Counter())
        let areQueued = DispatchSemaphore(value: 0)
        let hasher = Argon2PasswordHasher(
            configuration: Self.cheap(threadCount: 1),
            hashingThreads: ThreadHooks(
                begin: {
                    began.increment()
                    areQueued.wait()
                },
                rest: { rested.increment() }
            )
        )
        defer { hasher.shutDown() }
        let password = try Password("violet-Kettle")
        let soon = soon
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { _ = try await hasher.hash(password, deadline: soon) } }
            while hasher.queuedHashCount < 20 { await Task.yield() }
            areQueued.signal()
            try await group.waitForAll()
        }
        // It rests once the last has been answered.
        let end = ContinuousClock.now + .seconds(10)
        while rested.count == 0, .now < end { try await Task.sleep(for: .milliseconds(1)) }
        #expect(began.count == 1)
        #expect(rested.count == 1)
    }

    @Test("estimates without waiting for the hashes that queue")
    func lanes() async throws {
        var configuration = Self.cheap(threadCount: 1, queueCapacity: 64)
        configuration.memoryKiB = 19_456
        let hasher = Argon2PasswordHasher(configuration: configuration)
        defer { hasher.shutDown() }
        let password = try Password("violet-Kettle")
        let soon = soon
        try await withThrowingTaskGroup { group in
            for _ in 0..<40 { group.addTask { _ = try await hasher.hash(password, deadline: soon) } }
            while hasher.queuedHashCount < 30 { await Task.yield() }
            _ = try await hasher.strengthBits(of: password, userWords: [], deadline: soon)
            #expect(hasher.queuedHashCount > 0)
            try await group.waitForAll()
        }
    }

    @Test("that has shut down refuses, and has finished what it took before")
    func shutDown() async throws {
        let hasher = Argon2PasswordHasher(configuration: Self.cheap())
        let password = try Password("violet-Kettle")
        _ = try await hasher.hash(password, deadline: soon)
        hasher.shutDown()
        hasher.shutDown()
        let failure = await #expect(throws: BackendFailure.self) { try await hasher.hash(password, deadline: soon) }
        #expect(failure?.kind == .shuttingDown)
    }
}
