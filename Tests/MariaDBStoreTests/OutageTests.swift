// A server of these tests' own, which they kill, freeze and make refuse.

import Foundation
import Signup
import TestServers
import Testing

@testable import MariaDBStore

@Suite("MariaDB: outages", .serialized)
struct OutageTests {
    private static let server = Result { try PrivateMariaDB.start() }

    private func makeFixture() throws -> Fixture {
        try Fixture(server: Self.server.get()) { $0.readWriteTimeoutSeconds = 2 }
    }

    /// How a call fails, and how long that takes.
    private func failure(
        _ body: () async throws(BackendFailure) -> Void
    ) async -> (kind: BackendFailure.Kind?, seconds: Double) {
        let began = ContinuousClock.now
        var kind: BackendFailure.Kind?
        do throws(BackendFailure) { try await body() } catch { kind = error.kind }
        return (kind, Double((ContinuousClock.now - began).wholeMilliseconds) / 1000)
    }

    @Test("a killed server is unavailable at once, and found again by itself with everything acknowledged")
    func killed() async throws {
        let fixture = try makeFixture()
        let store = fixture.store
        var recorded: [SignupID] = []
        for number in 0..<20 { recorded.append(try await store.recordNew("p\(number)@example.org").id) }
        fixture.server.kill9()
        for _ in 0..<10 {
            let failed = await failure { () throws(BackendFailure) in try await store.ping(deadline: .soon) }
            #expect(failed.kind == .unavailable)
            #expect(failed.seconds < 3)
        }
        try fixture.server.restart()
        try await eventually { try await store.ping(deadline: .soon) }
        for id in recorded { #expect(try await store.activate(id).member != nil) }
    }

    @Test("a frozen server is given up after one timeout, and then by everybody without waiting")
    func frozen() async throws {
        let fixture = try makeFixture()
        let store = fixture.store
        for _ in 0..<20 { try await store.ping(deadline: .soon) }
        try fixture.server.freeze()
        let first = await failure { () throws(BackendFailure) in try await store.ping(deadline: .soon) }
        #expect(first.kind == .unavailable)
        #expect(first.seconds < 6)
        for _ in 0..<10 {
            let later = await failure { () throws(BackendFailure) in try await store.ping(deadline: .soon) }
            #expect(later.kind == .unavailable)
            #expect(later.seconds < 4)
        }
        try fixture.server.thaw()
        try await eventually { try await store.ping(deadline: .soon) }
    }

    @Test("a server that became read-only still reads, refuses changes as unavailable, and writes again later")
    func readOnly() async throws {
        let fixture = try makeFixture()
        let store = fixture.store
        let signup = try await store.recordNew("a@example.org")
        _ = try fixture.server.run("SET GLOBAL read_only = 1")
        let activation = Activation(signupID: signup.id, nickname: nil, now: start)
        let failed = await failure { () throws(BackendFailure) in
            _ = try await store.activate(activation, deadline: .soon)
        }
        #expect(failed.kind == .unavailable)
        #expect(try await store.signup(signup.id, deadline: .soon)?.state == .pending)
        _ = try fixture.server.run("SET GLOBAL read_only = 0")
        #expect(try await store.activate(signup.id).member != nil)
    }

    @Test("a store starts before its server does")
    func notYetThere() async throws {
        let fixture = try makeFixture()
        fixture.server.stop()
        let early = fixture.anotherStore()
        let failed = await failure { () throws(BackendFailure) in try await early.ping(deadline: .soon) }
        #expect(failed.kind == .unavailable)
        try fixture.server.restart()
        try await eventually { try await early.ping(deadline: .soon) }
        early.shutDown()
    }
}
