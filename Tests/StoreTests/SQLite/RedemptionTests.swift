// Verifying in one step, where accounts and codes are one store: no other outcome than comparing, activating and marking
// the code used one after the other.

import Foundation
import Signup
import TestServers
import Testing

@testable import SQLiteStore

@Suite("Redeeming a code in one step")
struct RedemptionTests {
    private func withStore(_ body: (SQLiteStore, Stores) async throws -> Void) async throws {
        let directory = try makeTemporaryDirectory("redeem")
        defer { _ = try? FileManager.default.removeItem(at: directory) }  // Only /tmp is left fuller.
        let path = directory.appendingPathComponent("signupd.db").path
        let store = try SQLiteStore(SQLiteConfiguration(path: path), logger: quietLogger)
        defer { store.shutDown() }
        try await body(store, Stores(store))
    }

    private func redeem(
        _ digest: CodeDigest,
        for signup: NewSignup,
        nickname: String? = nil,
        at time: Timestamp = start,
        in store: SQLiteStore
    ) async throws -> Redemption {
        let guess = CodeGuess(
            email: signup.email.identity,
            signupID: signup.id,
            digests: [digest],
            tries: 5,
            dailyGuesses: 10
        )
        let nickname = try nickname.map { try Nickname($0) }
        return try await store.redeem(guess, nickname: nickname, now: time, deadline: soon)
    }

    @Test("the right code makes a member, and is used: it answers again for ten minutes, and then no more")
    func redeems() async throws {
        try await withStore { store, stores in
            let signup = try await stores.join()
            try await stores.install(signup)
            let first = try await redeem(codeDigest(signup), for: signup, in: store)
            guard case .matched(.activated(let member)) = first else { throw UnexpectedOutcome() }
            #expect(member.signupID == signup.id)
            #expect(member.nickname == "Mira")
            let within = start + .seconds(599)
            #expect(try await redeem(codeDigest(signup), for: signup, at: within, in: store) == first)
            let after = start + .seconds(601)
            guard case .unmatched = try await redeem(codeDigest(signup), for: signup, at: after, in: store) else {
                throw UnexpectedOutcome()
            }
        }
    }

    @Test("a signup's other codes are used with it, and installing one again revives none")
    func usesAll() async throws {
        try await withStore { store, stores in
            let signup = try await stores.join()
            try await stores.install(signup)
            try await stores.install(signup, issue: 2)
            guard case .matched(.activated) = try await redeem(codeDigest(signup), for: signup, in: store) else {
                throw UnexpectedOutcome()
            }
            try await stores.install(signup, issue: 2, lifetime: .seconds(7200))
            #expect(
                try await stores.guess(codeDigest(signup, issue: 2), for: signup, at: start + .seconds(599))
                    == .match(signup.id)
            )
            let after = start + .seconds(601)
            #expect(
                try await stores.guess(codeDigest(signup, issue: 2), for: signup, at: after)
                    == .incorrect(attemptsLeft: nil)
            )
        }
    }

    @Test("a code that had expired when its signup was verified does not match again")
    func leavesTheExpired() async throws {
        try await withStore { store, stores in
            let signup = try await stores.join()
            try await stores.install(signup, lifetime: .seconds(10))
            try await stores.install(signup, issue: 2)
            let later = start + .seconds(20)
            guard
                case .matched(.activated) = try await redeem(
                    codeDigest(signup, issue: 2),
                    for: signup,
                    at: later,
                    in: store
                )
            else { throw UnexpectedOutcome() }
            // Without its id, so that no member's answer stands in for the code's.
            let outcome = try await stores.guess(codeDigest(signup), email: signup.email.identity, at: later)
            #expect(outcome == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("a wrong code counts against the code, and makes nobody a member")
    func counts() async throws {
        try await withStore { store, stores in
            let signup = try await stores.join()
            try await stores.install(signup)
            for left in [4, 3, 2, 1, 0] {
                let outcome = try await redeem(try wrongDigest(), for: signup, in: store)
                #expect(outcome == .unmatched(.incorrect(attemptsLeft: left)))
            }
            #expect(try await redeem(codeDigest(signup), for: signup, in: store) == .unmatched(.exhausted))
            #expect(try await store.signup(signup.id, deadline: soon)?.state == .pending)
        }
    }

    @Test("a nickname that was taken meanwhile leaves the code as it was, and another nickname takes it")
    func keepsTheCodeOfTheRefused() async throws {
        try await withStore { store, stores in
            let rival = try await stores.join("lena@example.org", nickname: "Mira")
            let signup = try await stores.join()
            try await stores.install(signup)
            try await stores.makeMember(rival)
            #expect(try await redeem(codeDigest(signup), for: signup, in: store) == .matched(.nicknameTaken))
            // Ten minutes later a used code would no longer match.
            let later = start + .seconds(1200)
            let outcome = try await redeem(codeDigest(signup), for: signup, nickname: "Mira2", at: later, in: store)
            guard case .matched(.activated(let member)) = outcome else { throw UnexpectedOutcome() }
            #expect(member.nickname == "Mira2")
        }
    }

    @Test("one of a crowd that redeem the same code at once is answered like every other")
    func crowd() async throws {
        try await withStore { store, stores in
            let signup = try await stores.join()
            try await stores.install(signup)
            let outcomes = try await concurrently(0..<32) { _ in
                try await redeem(codeDigest(signup), for: signup, in: store)
            }
            let first = try #require(outcomes.first)
            guard case .matched(.activated) = first else { throw UnexpectedOutcome() }
            #expect(outcomes.allSatisfy { $0 == first })
        }
    }
}
