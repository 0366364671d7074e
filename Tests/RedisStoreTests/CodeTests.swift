// What a code opens, how long, and how wrong guesses kill it.

import RedisStore
import Signup
import Testing

@Suite("codes")
struct CodeTests {
    let fixture: Fixture
    let signupID = SignupID.new()

    init() throws { fixture = try Fixture() }

    @Test("a code matches the signup it was mailed for, by its id and by e-mail alone")
    func match() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
        #expect(try await fixture.guess("K7M2XQ", for: nil) == .match(signupID))
    }

    @Test("asked with a signup id, another signup's code is wrong, and only that signup's code is counted against")
    func otherSignup() async throws {
        let other = SignupID.new()
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("ABCDEF", for: other)
        #expect(try await fixture.guess("ABCDEF", for: signupID) == .incorrect(attemptsLeft: 4))
        #expect(try await fixture.guess("222222", for: other) == .incorrect(attemptsLeft: 4))
    }

    @Test("by e-mail alone each live code of the address opens its own signup")
    func eachOpensItsOwn() async throws {
        let other = SignupID.new()
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("ABCDEF", for: other)
        #expect(try await fixture.guess("K7M2XQ", for: nil) == .match(signupID))
        #expect(try await fixture.guess("ABCDEF", for: nil) == .match(other))
    }

    @Test("of two signups with the same code the one that expires last is opened")
    func newestFirst() async throws {
        let (early, late) = (SignupID.new(), SignupID.new())
        try await fixture.install("K7M2XQ", for: early, now: Fixture.start)
        try await fixture.install("K7M2XQ", for: late, now: Fixture.start + .seconds(1))
        try await fixture.install("K7M2XQ", for: signupID, now: Fixture.start)
        #expect(try await fixture.guess("K7M2XQ", for: nil, now: Fixture.start + .seconds(2)) == .match(late))
    }

    @Test("an address without codes answers incorrect and tells nothing")
    func unknown() async throws {
        #expect(try await fixture.guess("K7M2XQ", for: nil) == .incorrect(attemptsLeft: nil))
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .incorrect(attemptsLeft: nil))
    }

    @Test("a code lives until the very millisecond of its expiry")
    func expiry() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        let end = Fixture.start + Fixture.lifetime
        #expect(
            try await fixture.guess("K7M2XQ", for: signupID, now: end - .milliseconds(1))
                == .match(signupID, isEnding: true)
        )
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: end) == .incorrect(attemptsLeft: nil))
        #expect(try fixture.keys().isEmpty, "what is over is removed when touched")
    }

    @Test("the fifth wrong guess leaves none, the sixth is refused, and the right code comes too late")
    func exhaustion() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for left in [4, 3, 2, 1, 0] {
            #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: left))
        }
        #expect(try await fixture.guess("222222", for: signupID) == .exhausted)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .exhausted)
        #expect(try await fixture.guess("K7M2XQ", for: nil) == .incorrect(attemptsLeft: nil))
    }

    @Test("a code that is dead and expired is forgotten: incorrect, not exhausted")
    func deadAndExpired() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...5 { _ = try await fixture.guess("222222", for: signupID) }
        let later = Fixture.start + Fixture.lifetime
        #expect(try await fixture.guess("222222", for: signupID, now: later) == .incorrect(attemptsLeft: nil))
    }

    @Test("a further issue has its own tries, and the best code tells how many are left")
    func furtherIssue() async throws {
        try await fixture.install("K7M2XQ", for: signupID, issue: 1)
        for _ in 1...3 { _ = try await fixture.guess("222222", for: signupID) }
        try await fixture.install("ABCDEF", for: signupID, issue: 2)
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 4))
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 3))
        #expect(try await fixture.guess("ABCDEF", for: signupID) == .match(signupID))
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .incorrect(attemptsLeft: 2), "its own tries are up")
    }

    @Test("a match counts nothing")
    func matchCountsNothing() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...20 { #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID)) }
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 4))
    }

    @Test("of fifty concurrent wrong guesses exactly five are evaluated")
    func concurrentGuesses() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        let outcomes = try await withThrowingTaskGroup(of: GuessOutcome.self) { group in
            for _ in 1...50 {
                group.addTask { [fixture, signupID] in try await fixture.guess("222222", for: signupID) }
            }
            return try await group.reduce(into: [GuessOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .exhausted } == 45)
        for left in 0...4 {
            #expect(outcomes.count { $0 == .incorrect(attemptsLeft: left) } == 1)
        }
    }

    @Test("a guess is compared under every secret that verifies")
    func severalSecrets() async throws {
        let retired = try Fixture.key(9)
        try await fixture.install("K7M2XQ", for: signupID, key: retired)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .incorrect(attemptsLeft: 4))
        let guess = CodeGuess(
            email: Fixture.email,
            signupID: signupID,
            digests: [try fixture.digest("K7M2XQ"), try fixture.digest("K7M2XQ", key: retired)],
            tries: 5,
            dailyGuesses: 10
        )
        let outcome = try await fixture.store.evaluate(guess, now: Fixture.start, deadline: fixture.deadline)
        #expect(outcome == .match(signupID))
    }
}

@Suite("installing a code again")
struct ReinstallationTests {
    let fixture: Fixture
    let signupID = SignupID.new()

    init() throws { fixture = try Fixture() }

    @Test("extends its expiry")
    func extends() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("K7M2XQ", for: signupID, now: Fixture.start + .seconds(1800))
        let later = Fixture.start + .seconds(5399)
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: later) == .match(signupID, isEnding: true))
    }

    @Test("never shortens its expiry")
    func neverShortens() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("K7M2XQ", for: signupID, lifetime: .seconds(10))
        let later = Fixture.start + .seconds(3599)
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: later) == .match(signupID, isEnding: true))
    }

    @Test("does not reset its guesses")
    func keepsGuesses() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...3 { _ = try await fixture.guess("222222", for: signupID) }
        try await fixture.install("K7M2XQ", for: signupID)
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 1))
    }

    @Test("does not revive it once dead")
    func staysDead() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...5 { _ = try await fixture.guess("222222", for: signupID) }
        try await fixture.install("K7M2XQ", for: signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .exhausted)
    }

    @Test("does not revive it once used, even after its ten minutes")
    func staysUsed() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.retire(signupID)
        let later = Fixture.start + .seconds(601)
        try await fixture.install("K7M2XQ", for: signupID, now: later)
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: later) == .incorrect(attemptsLeft: nil))
    }
}

@Suite("used codes")
struct UsedCodeTests {
    let fixture: Fixture
    let signupID = SignupID.new()

    init() throws { fixture = try Fixture() }

    @Test("match for ten more minutes, past their own expiry, and not a moment longer")
    func grace() async throws {
        try await fixture.install("K7M2XQ", for: signupID, lifetime: .seconds(10))
        try await fixture.retire(signupID)
        let end = Fixture.start + .seconds(600)
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: end - .milliseconds(1)) == .match(signupID))
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: end) == .incorrect(attemptsLeft: nil))
        // Remembered a day beyond their expiry, in case they are installed again.
        #expect(try fixture.keys().count == 1)
        let forgotten = Fixture.start + .seconds(10 + 86_400)
        _ = try await fixture.guess("K7M2XQ", for: signupID, now: forgotten)
        #expect(try fixture.keys().isEmpty)
    }

    @Test("are all issues of the signup, and none of another's")
    func allIssues() async throws {
        let other = SignupID.new()
        try await fixture.install("K7M2XQ", for: signupID, issue: 1)
        try await fixture.install("ABCDEF", for: signupID, issue: 2)
        try await fixture.install("GHJKMN", for: other)
        try await fixture.retire(signupID)
        let later = Fixture.start + .seconds(600)
        #expect(try await fixture.guess("K7M2XQ", for: nil, now: later) == .incorrect(attemptsLeft: nil))
        #expect(try await fixture.guess("ABCDEF", for: nil, now: later) == .incorrect(attemptsLeft: nil))
        #expect(try await fixture.guess("GHJKMN", for: nil, now: later) == .match(other))
    }

    @Test("are not kept longer by being retired again")
    func retiredTwice() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.retire(signupID)
        try await fixture.retire(signupID, now: Fixture.start + .seconds(500))
        let later = Fixture.start + .seconds(600)
        #expect(try await fixture.guess("K7M2XQ", for: signupID, now: later) == .incorrect(attemptsLeft: nil))
    }

    @Test("die of wrong guesses like any other")
    func die() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.retire(signupID)
        for _ in 1...5 { _ = try await fixture.guess("222222", for: signupID) }
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .exhausted)
    }

    @Test("that were dead before stay dead")
    func stayDead() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...5 { _ = try await fixture.guess("222222", for: signupID) }
        try await fixture.retire(signupID)
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .exhausted)
    }

    @Test("retiring a signup without codes leaves nothing behind")
    func nothing() async throws {
        try await fixture.retire(signupID)
        #expect(try fixture.keys().isEmpty)
    }
}
