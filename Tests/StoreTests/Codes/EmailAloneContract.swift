import Signup
import Testing

@Suite("Guessing by e-mail alone")
struct EmailAloneContract {
    private let email = "mira@example.org"

    @Test("a wrong guess counts against every live code of the address", arguments: StoreBackend.all)
    func countsAgainstAll(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let first = try newSignup()
            let second = try newSignup()
            try await stores.install(first)
            try await stores.install(second)
            #expect(try await stores.guess(wrongDigest(), email: email) == .incorrect(attemptsLeft: nil))
            for signup in [first, second] {
                #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: 3))
            }
        }
    }

    @Test("when two signups have the same code, the newer one matches", arguments: StoreBackend.all)
    func newestWins(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let older = try newSignup()
            let newer = try newSignup(at: start + .seconds(30))
            let shared = codeDigest(older)
            try await stores.install(older)
            try await stores.install(newer, digest: shared, at: start + .seconds(30))
            #expect(try await stores.guess(shared, email: email, at: start + .seconds(31)) == .match(newer.id))
        }
    }

    @Test("after ten wrong guesses in a day nothing is compared, and the wait is true", arguments: StoreBackend.all)
    func limit(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            for minute in 0..<10 {
                let time = start + .seconds(60 * minute)
                #expect(try await stores.guess(wrongDigest(), email: email, at: time) == .incorrect(attemptsLeft: nil))
            }
            let late = start + .seconds(3600)
            try await stores.install(signup, lifetime: .seconds(200_000), at: late)
            let refused = GuessOutcome.rateLimited(retryAfter: .seconds(86_400 - 3600))
            #expect(try await stores.guess(codeDigest(signup), email: email, at: late) == refused)
            #expect(try await stores.guess(codeDigest(signup), for: signup, at: late) == .match(signup.id))
            let next = late + .seconds(86_400 - 3600)
            #expect(try await stores.guess(codeDigest(signup), email: email, at: next) == .match(signup.id))
        }
    }

    @Test("the day slides: one more guess for each that leaves it, not ten at once", arguments: StoreBackend.all)
    func slides(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let hour = Duration.seconds(3600)
            for number in 0..<10 {
                let time = start + hour * number
                let outcome = try await stores.guess(wrongDigest(), email: email, at: time)
                #expect(outcome == .incorrect(attemptsLeft: nil))
            }
            let refused = GuessOutcome.rateLimited(retryAfter: hour)
            for number in 24..<27 {
                let time = start + hour * number
                #expect(try await stores.guess(wrongDigest(), email: email, at: time) == .incorrect(attemptsLeft: nil))
                #expect(try await stores.guess(wrongDigest(), email: email, at: time) == refused)
            }
        }
    }

    @Test("of fifty wrong guesses at once ten are taken, for a stranger's address too", arguments: StoreBackend.all)
    func isAtomic(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let outcomes = try await concurrently(0..<50) { number in
                try await (number.isMultiple(of: 2) ? first : second).guess(wrongDigest(), email: "mira@example.org")
            }
            #expect(outcomes.count { $0 == .incorrect(attemptsLeft: nil) } == 10)
            #expect(outcomes.count { $0 == .rateLimited(retryAfter: .seconds(86_400)) } == 40)
        }
    }

    @Test("right guesses, and guesses with a signup id, do not count", arguments: StoreBackend.all)
    func countsOnlyWrongOnes(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            let other = try newSignup()
            try await stores.install(signup)
            for _ in 0..<12 { #expect(try await stores.guess(codeDigest(signup), email: email) == .match(signup.id)) }
            for _ in 0..<12 { _ = try await stores.guess(wrongDigest(), for: other) }
            #expect(try await stores.guess(codeDigest(signup), email: email) == .match(signup.id))
        }
    }

    @Test("a limit of zero is none", arguments: StoreBackend.all)
    func noLimit(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for _ in 0..<15 {
                let outcome = try await stores.guess(wrongDigest(), email: email, dailyGuesses: 0)
                #expect(outcome == .incorrect(attemptsLeft: nil))
            }
        }
    }
}
