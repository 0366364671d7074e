// A COMMIT whose answer is lost: whatever became of it, the caller is told the truth and nothing happens twice.

import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: lost commits")
struct LostCommitTests {
    let fixture: Fixture
    let proxy: FaultyProxy
    /// Behind the proxy.
    let store: MariaDBStore

    init() throws {
        fixture = try Fixture()
        proxy = try FaultyProxy(to: fixture.server.socketPath)
        var configuration = fixture.configuration
        configuration.socketPath = proxy.socketPath
        configuration.readWriteTimeoutSeconds = 2
        store = MariaDBStore(configuration, logger: Fixture.logger)
    }

    @Test("a signup is recorded once", arguments: FaultyProxy.Fault.allCases)
    func record(_ fault: FaultyProxy.Fault) async throws {
        proxy.arm(fault)
        let cap = DailyCap(subject: "a@example.org", maximum: 1)
        let signup = try makeSignup("a@example.org", key: 1, cap: cap)
        #expect(try await store.record(signup, deadline: .soon) == .recorded)
        #expect(proxy.faults == 1)
        #expect(try fixture.sql("SELECT COUNT(*), SUM(mails) FROM outbox, limits") == "1\t1")
    }

    @Test("activations of a batch happen once each", arguments: FaultyProxy.Fault.allCases)
    func activate(_ fault: FaultyProxy.Fault) async throws {
        var ids: [SignupID] = []
        for number in 0..<20 { ids.append(try await store.recordNew("p\(number)@example.org").id) }
        proxy.arm(fault)
        let members = try await withThrowingTaskGroup(of: Member?.self) { group in
            for id in ids { group.addTask { try await store.activate(id).member } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(proxy.faults == 1)
        #expect(members.allSatisfy { $0 != nil })
        #expect(try fixture.sql("SELECT COUNT(*) FROM members") == "20")
        #expect(try fixture.sql("SELECT COUNT(*) FROM signups WHERE state = 'verified'") == "20")
    }

    @Test("a resend owes one more mail, not two", arguments: FaultyProxy.Fault.allCases)
    func resend(_ fault: FaultyProxy.Fault) async throws {
        let signup = try await store.recordNew("a@example.org")
        proxy.arm(fault)
        let cap = DailyCap(subject: "a@example.org", maximum: 1)
        let order = ResendOrder(signupID: signup.id, now: start, idempotency: nil, dailyCap: cap)
        #expect(try await store.resend(order, deadline: .soon) == .owed(issue: 2))
        let key = Idempotency(key: [UInt8](repeating: 1, count: 32), fingerprint: [UInt8](repeating: 2, count: 32))
        proxy.arm(fault)
        let keyed = ResendOrder(signupID: signup.id, now: start, idempotency: key, dailyCap: nil)
        #expect(try await store.resend(keyed, deadline: .soon) == .owed(issue: 3))
        #expect(proxy.faults == 2)
        #expect(try fixture.sql("SELECT GROUP_CONCAT(issue ORDER BY issue) FROM outbox") == "1,2,3")
    }

    @Test("a claim and a settlement hold", arguments: FaultyProxy.Fault.allCases)
    func courier(_ fault: FaultyProxy.Fault) async throws {
        for name in ["a", "b"] { try await store.recordNew("\(name)@example.org") }
        proxy.arm(fault)
        let mails = try await store.claimAll()
        #expect(mails.map(\.attempts) == [1, 1])
        let mail = try #require(mails.first)
        #expect(try await store.confirm(mail.lease))
        proxy.arm(fault)
        let sent = Settlement.sent(reply: "ok", codeExpiresAt: start)
        #expect(try await store.settle(mail.lease, as: sent, now: start, deadline: .soon))
        #expect(try await !store.settle(mail.lease, as: sent, now: start, deadline: .soon))
        proxy.arm(fault)
        #expect(try await store.settle(mails[1].lease, as: .reissued(reply: "new"), now: start, deadline: .soon))
        #expect(proxy.faults == 3)
        #expect(try fixture.sql("SELECT GROUP_CONCAT(state, issue ORDER BY id) FROM outbox") == "sent1,dead1,queued2")
    }

    @Test("what an operator dropped is named", arguments: FaultyProxy.Fault.allCases)
    func drop(_ fault: FaultyProxy.Fault) async throws {
        try await store.recordNew("a@example.org")
        let id = try #require(try await store.list(state: nil, limit: 1, deadline: .soon).first?.id)
        proxy.arm(fault)
        #expect(try await store.drop(ids: [id], earlierCodesLive: .seconds(3600), now: start, deadline: .soon) == [id])
        #expect(proxy.faults == 1)
    }

    @Test("with the server gone too, the outcome is unknown, and asking again finds it out")
    func unknown() async throws {
        let signup = try makeSignup("a@example.org")
        proxy.arm(.loseReply, thenRefuse: true)
        let failure = await #expect(throws: BackendFailure.self) { try await store.record(signup, deadline: .soon) }
        #expect(failure?.kind == .outcomeUnknown)
        proxy.heal()
        #expect(try await eventually { try await store.record(signup, deadline: .soon) } == .recorded)
        #expect(try await store.backlog(deadline: .soon).queued == 1)
    }

    @Test("a whole batch with the server gone is unknown to each of its callers, soon")
    func unknownBatch() async throws {
        var ids: [SignupID] = []
        for number in 0..<20 { ids.append(try await store.recordNew("p\(number)@example.org").id) }
        proxy.arm(.loseReply, thenRefuse: true)
        let began = ContinuousClock.now
        let kinds = await withTaskGroup(of: BackendFailure.Kind?.self) { group in
            for id in ids {
                group.addTask {
                    do throws(BackendFailure) {
                        _ = try await store.activate(
                            Activation(signupID: id, nickname: nil, now: start),
                            deadline: .soon
                        )
                        return nil
                    } catch { return error.kind }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.contains(.outcomeUnknown))
        #expect(ContinuousClock.now - began < .seconds(10))
        proxy.heal()
        for id in ids { #expect(try await eventually { try await store.activate(id) }.member?.signupID == id) }
    }
}

/// Asks again while the store says that the server is away, for some seconds.
func eventually<Value>(_ body: () async throws -> Value) async throws -> Value {
    let end = ContinuousClock.now + .seconds(30)
    while true {
        do { return try await body() } catch let failure as BackendFailure {
            guard failure.kind == .unavailable, ContinuousClock.now < end else { throw failure }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
