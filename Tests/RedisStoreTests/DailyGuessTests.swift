// Wrong guesses by e-mail alone are limited by the day, whether or not anybody signed up with the address.

import RedisStore
import Signup
import TestServers
import Testing

@Suite("wrong guesses by e-mail alone")
struct DailyGuessTests {
    let fixture: Fixture
    let signupID = SignupID.new()

    init() throws { fixture = try Fixture() }

    @Test("after ten in a day the address is refused, with the truth about when it is not", arguments: [true, false])
    func limit(isKnown: Bool) async throws {
        if isKnown { try await fixture.install("K7M2XQ", for: signupID, lifetime: .seconds(100_000)) }
        for second in 0..<10 {
            let now = Fixture.start + .seconds(second)
            #expect(try await fixture.guess("222222", for: nil, now: now) == .incorrect(attemptsLeft: nil))
        }
        let now = Fixture.start + .seconds(60)
        let refused = GuessOutcome.rateLimited(retryAfter: .seconds(86_340))
        #expect(try await fixture.guess("K7M2XQ", for: nil, now: now) == refused, "nothing is compared")
        let end = Fixture.start + .seconds(86_400)
        let justBefore = end - .milliseconds(1)
        #expect(
            try await fixture.guess("222222", for: nil, now: justBefore) == .rateLimited(retryAfter: .milliseconds(1))
        )
        #expect(try await fixture.guess("222222", for: nil, now: end) == .incorrect(attemptsLeft: nil))
    }

    @Test("count against every live code of the address")
    func countAgainstAll() async throws {
        let other = SignupID.new()
        try await fixture.install("K7M2XQ", for: signupID)
        try await fixture.install("ABCDEF", for: other)
        for _ in 1...4 { _ = try await fixture.guess("222222", for: nil) }
        #expect(try await fixture.guess("222222", for: signupID) == .incorrect(attemptsLeft: 0))
        #expect(try await fixture.guess("222222", for: other) == .incorrect(attemptsLeft: 0))
        #expect(try await fixture.guess("222222", for: nil) == .incorrect(attemptsLeft: nil))
    }

    @Test("a count that was lost is taken back, and adds nothing to what is known")
    func recall() async throws {
        let date = Fixture.start - .seconds(3600)
        for _ in 0..<3 { _ = try await fixture.guess("222222", for: nil) }
        for _ in 0..<2 {
            fixture.store.recallWrongGuesses(9, email: Fixture.email, date: date, now: Fixture.start)
        }
        #expect(try await fixture.guess("222222", for: nil) == .incorrect(attemptsLeft: nil))
        let refused = GuessOutcome.rateLimited(retryAfter: .seconds(86_400 - 3600))
        #expect(try await fixture.guess("222222", for: nil) == refused)
        // What is a day old already is not worth a memory.
        let later = Fixture.start + .seconds(100_000)
        fixture.store.recallWrongGuesses(10, email: Fixture.email, date: date, now: later)
        #expect(try await fixture.guess("222222", for: nil, now: later) == .incorrect(attemptsLeft: nil))
    }

    @Test("a match is no wrong guess")
    func matchesAreFree() async throws {
        try await fixture.install("K7M2XQ", for: signupID)
        for _ in 1...20 { #expect(try await fixture.guess("K7M2XQ", for: nil) == .match(signupID)) }
    }

    @Test("who names the signup is not refused")
    func namedSignup() async throws {
        for _ in 1...10 { _ = try await fixture.guess("222222", for: nil) }
        try await fixture.install("K7M2XQ", for: signupID)
        #expect(try await fixture.guess("K7M2XQ", for: nil) == .rateLimited(retryAfter: .seconds(86_400)))
        #expect(try await fixture.guess("K7M2XQ", for: signupID) == .match(signupID))
    }

    @Test("guesses that name a signup are not among them")
    func namedGuesses() async throws {
        for _ in 1...30 { _ = try await fixture.guess("222222", for: signupID) }
        #expect(try await fixture.guess("222222", for: nil) == .incorrect(attemptsLeft: nil))
    }

    @Test("with no limit nothing is counted, and an unknown address leaves nothing behind")
    func unlimited() async throws {
        for _ in 1...30 {
            let outcome = try await fixture.guess("222222", for: nil, dailyGuesses: 0)
            #expect(outcome == .incorrect(attemptsLeft: nil))
        }
        #expect(try fixture.keys().isEmpty)
    }

    @Test("of fifty at once exactly ten are evaluated")
    func concurrent() async throws {
        let outcomes = try await withThrowingTaskGroup(of: GuessOutcome.self) { group in
            for _ in 1...50 { group.addTask { [fixture] in try await fixture.guess("222222", for: nil) } }
            return try await group.reduce(into: [GuessOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .incorrect(attemptsLeft: nil) } == 10)
    }
}
