// Servers that go, hang, refuse and come back; rows that others hold.

import Foundation
import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: faults on a healthy server")
struct FaultTests {
    let fixture: Fixture
    var store: MariaDBStore { fixture.store }

    init() throws {
        fixture = try Fixture()
    }

    @Test("connections that the server closed are replaced without anybody noticing")
    func killedConnections() async throws {
        for round in 0..<5 {
            let signup = try await store.recordNew("p\(round)@example.org")
            try fixture.killConnections()
            #expect(try await store.signup(signup.id, deadline: .soon)?.id == signup.id)
            try fixture.killConnections()
            #expect(try await store.activate(signup.id).member != nil)
        }
    }

    @Test("a transaction whose rows are held for a while waits, replays, and comes through")
    func heldRows() async throws {
        let signup = try await store.recordNew("a@example.org")
        let mail = try #require(try await store.claimAll().first)
        let holder = try fixture.connection()
        try holder.execute(Statement("SET SESSION idle_transaction_timeout = 60"))
        try holder.begin()
        _ = try holder.query(Statement("SELECT 1 FROM signups FOR UPDATE")) { _ in }
        async let outcome = store.activate(signup.id)
        async let isSettled = store.settle(
            mail.lease,
            as: .sent(reply: "ok", codeExpiresAt: start),
            now: start,
            deadline: .soon
        )
        // Longer than one lock wait, shorter than six.
        try await Task.sleep(for: .seconds(Limits.lockWaitSeconds) + .milliseconds(500))
        try holder.rollBack()
        #expect(try await outcome.member != nil)
        #expect(try await isSettled)
    }

    @Test("rows that are held for too long are a failure that changed nothing")
    func stuckRows() async throws {
        let signup = try await store.recordNew("a@example.org")
        let holder = try fixture.connection()
        try holder.execute(Statement("SET SESSION idle_transaction_timeout = 60"))
        try holder.begin()
        _ = try holder.query(Statement("SELECT 1 FROM signups FOR UPDATE")) { _ in }
        let failure = await #expect(throws: BackendFailure.self) { try await store.activate(signup.id) }
        #expect(failure?.kind == .unavailable)
        #expect(failure?.nativeCode == 1205)
        try holder.rollBack()
        #expect(try await store.activate(signup.id).member != nil)
    }

    @Test("transactions that meet crosswise all come through")
    func deadlocks() async throws {
        // Each pair shares addresses the other way round, so that batches of two stores deadlock on the unique keys.
        let stores = [store, fixture.anotherStore()]
        var ids: [[SignupID]] = [[], []]
        for number in 0..<60 {
            for side in 0..<2 {
                let person = side == 0 ? number : 59 - number
                ids[side].append(
                    try await store.recordNew(
                        "p\(person)@example.org",
                        nickname: "n\(person)",
                        at: start + .seconds(number)
                    ).id
                )
            }
        }
        let outcomes = try await withThrowingTaskGroup(of: ActivationOutcome.self) { group in
            for side in 0..<2 { for id in ids[side] { group.addTask { try await stores[side].activate(id) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0.member != nil } == 60)
        #expect(outcomes.count { $0 == .emailTaken } == 60)
        stores[1].shutDown()
    }

    @Test("a job whose deadline has passed is not begun")
    func deadline() async throws {
        let signup = try makeSignup("a@example.org")
        let past = ContinuousClock.now - .seconds(1)
        var failure = await #expect(throws: BackendFailure.self) { try await store.record(signup, deadline: past) }
        #expect(failure?.kind == .deadlineExceeded)
        let activation = Activation(signupID: signup.id, nickname: nil, now: start)
        failure = await #expect(throws: BackendFailure.self) { try await store.activate(activation, deadline: past) }
        #expect(failure?.kind == .deadlineExceeded)
        #expect(try await store.signup(signup.id, deadline: .soon) == nil)
    }

    @Test("a full queue refuses at once, and what was queued is still done")
    func overload() async throws {
        var configuration = fixture.configuration
        configuration.queueCapacity = 2
        configuration.generalConnections = 1
        let small = MariaDBStore(configuration, logger: Fixture.logger)
        let kinds = await withTaskGroup(of: BackendFailure.Kind?.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    do throws(BackendFailure) {
                        try await small.ping(deadline: .soon)
                        return nil
                    } catch { return error.kind }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.contains(.overloaded))
        #expect(kinds.contains(nil))
        #expect(kinds.allSatisfy { $0 == nil || $0 == .overloaded })
        small.shutDown()
        let failure = await #expect(throws: BackendFailure.self) { try await small.ping(deadline: .soon) }
        #expect(failure?.kind == .shuttingDown)
    }

    @Test("a wrong password is told to the operator, and not told")
    func wrongPassword() async throws {
        var configuration = fixture.configuration
        configuration.password = "hunter2-hunter2"
        let store = MariaDBStore(configuration, logger: Fixture.logger)
        let failure = await #expect(throws: BackendFailure.self) { try await store.ping(deadline: .soon) }
        #expect(failure?.kind == .unavailable)
        #expect(failure?.nativeCode == 1045)
        #expect(failure.map { !"\($0)".contains("hunter2") } == true)
        #expect(failure?.retryAfter != nil)
        store.shutDown()
    }
}
