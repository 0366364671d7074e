import Signup
import Testing

@Suite("Codes")
struct CodeContract {
    @Test("a code matches the signup it was mailed for, by id and by e-mail alone", arguments: StoreBackend.all)
    func matches(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let first = try newSignup()
            let second = try newSignup(at: start + .seconds(1))
            try await stores.install(first)
            try await stores.install(second)
            #expect(try await stores.guess(codeDigest(first), for: first) == .match(first.id))
            #expect(try await stores.guess(codeDigest(second), email: "mira@example.org") == .match(second.id))
            #expect(try await stores.guess(codeDigest(first), email: "mira@example.org") == .match(first.id))
        }
    }

    @Test("many codes in one call each match their own signup", arguments: StoreBackend.all)
    func inOneCall(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signups = try (0..<130).map { try newSignup("p\($0 / 2)@example.org") }
            let codes = signups.map {
                CodeInstallation(
                    email: $0.email.identity,
                    signupID: $0.id,
                    issue: 1,
                    digest: codeDigest($0),
                    expiresAt: start + .seconds(3600)
                )
            }
            let results = await stores.codes.install(codes, now: start, deadline: soon)
            #expect(results.count == codes.count)
            for result in results { #expect(throws: Never.self) { try result.get() } }
            for signup in signups {
                #expect(try await stores.guess(codeDigest(signup), for: signup) == .match(signup.id))
            }
            #expect(await stores.codes.install([], now: start, deadline: soon).isEmpty)
        }
    }

    @Test("asked with a signup id, nobody else's code is taken", arguments: StoreBackend.all)
    func keepsToTheSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let own = try newSignup()
            let stranger = try newSignup()
            try await stores.install(own)
            try await stores.install(stranger)
            #expect(try await stores.guess(codeDigest(stranger), for: own) == .incorrect(attemptsLeft: 4))
            // The stranger's code was not compared, so nothing counts against it.
            #expect(try await stores.guess(wrongDigest(), for: stranger) == .incorrect(attemptsLeft: 4))
        }
    }

    @Test("a guess under an older secret matches too", arguments: StoreBackend.all)
    func rotation(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup)
            let guess = CodeGuess(
                email: signup.email.identity,
                signupID: signup.id,
                digests: [try wrongDigest(), codeDigest(signup)],
                tries: 5,
                dailyGuesses: 10
            )
            #expect(try await stores.codes.evaluate(guess, now: start, deadline: soon) == .match(signup.id))
        }
    }

    @Test("a code dies when its time is over", arguments: StoreBackend.all)
    func expires(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, lifetime: .seconds(3600))
            let end = start + .seconds(3600)
            let last = try await stores.guess(codeDigest(signup), for: signup, at: end - .milliseconds(1))
            #expect(last == .match(signup.id, isEnding: true))
            #expect(try await stores.guess(codeDigest(signup), for: signup, at: end) == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("of fifty wrong guesses at once exactly five are counted", arguments: StoreBackend.all)
    func countsAtomically(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let signup = try newSignup()
            try await first.install(signup)
            let outcomes = try await concurrently(0..<50) { number in
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.guess(wrongDigest(UInt8(number)), for: signup)
            }
            for left in 0...4 { #expect(outcomes.count { $0 == .incorrect(attemptsLeft: left) } == 1) }
            #expect(outcomes.count { $0 == .exhausted } == 45)
            #expect(try await first.guess(codeDigest(signup), for: signup) == .exhausted)
        }
    }

    @Test("a right guess counts nothing", arguments: StoreBackend.all)
    func matchIsFree(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup)
            for _ in 0..<10 {
                #expect(try await stores.guess(codeDigest(signup), for: signup) == .match(signup.id))
            }
            #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: 4))
        }
    }

    @Test("a used code matches for ten more minutes, past its own end, and then no more", arguments: StoreBackend.all)
    func usedCode(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, lifetime: .seconds(60))
            let used = start + .seconds(10)
            stores.codes.retire(signupID: signup.id, email: signup.email.identity, now: used)
            try await eventually("the code is marked used") {
                let late = used + .seconds(599)
                return try await stores.guess(codeDigest(signup), for: signup, at: late) == .match(signup.id)
            }
            let tooLate = try await stores.guess(codeDigest(signup), for: signup, at: used + .seconds(600))
            #expect(tooLate == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("a code that ends within the ten minutes says so, until it is marked used", arguments: StoreBackend.all)
    func endingCode(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, lifetime: .seconds(3600))
            let lastLong = start + .seconds(3000)
            let lasting = try await stores.guess(codeDigest(signup), for: signup, at: lastLong)
            #expect(lasting == .match(signup.id, isEnding: false))
            let ending = GuessOutcome.match(signup.id, isEnding: true)
            let later = lastLong + .milliseconds(1)
            #expect(try await stores.guess(codeDigest(signup), for: signup, at: later) == ending)
            // A code beside it, so that the longer way through the codes is taken too.
            try await stores.install(signup, issue: 2)
            #expect(try await stores.guess(codeDigest(signup), for: signup, at: later) == ending)
            stores.codes.retire(signupID: signup.id, email: signup.email.identity, now: later)
            try await eventually("the code is marked used") {
                try await stores.guess(codeDigest(signup), for: signup, at: later) == .match(signup.id)
            }
        }
    }

    @Test(
        "wrong guesses count against a used code too, or it could be guessed at without end",
        arguments: StoreBackend.all
    )
    func usedCodeCanDie(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup)
            stores.codes.retire(signupID: signup.id, email: signup.email.identity, now: start)
            for left in (0..<5).reversed() {
                #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: left))
            }
            #expect(try await stores.guess(codeDigest(signup), for: signup) == .exhausted)
        }
    }

    @Test("nothing is told about a signup that has no code", arguments: StoreBackend.all)
    func unknownSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: nil))
            let byEmail = try await stores.guess(wrongDigest(), email: "mira@example.org")
            #expect(byEmail == .incorrect(attemptsLeft: nil))
        }
    }
}

@Suite("Installing codes")
struct InstallationContract {
    @Test("after a resend the earlier code is still good", arguments: StoreBackend.all)
    func keepsEarlierCode(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, issue: 1)
            try await stores.install(signup, issue: 2, at: start + .seconds(60))
            for issue in [1, 2] {
                let outcome = try await stores.guess(codeDigest(signup, issue: issue), for: signup)
                #expect(outcome == .match(signup.id))
            }
        }
    }

    @Test("a fresh code is good when the earlier one is dead, and the best one counts", arguments: StoreBackend.all)
    func freshCodeAfterExhaustion(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, issue: 1)
            for _ in 0..<5 { _ = try await stores.guess(wrongDigest(), for: signup) }
            #expect(try await stores.guess(wrongDigest(), for: signup) == .exhausted)
            try await stores.install(signup, issue: 2)
            #expect(try await stores.guess(codeDigest(signup, issue: 1), for: signup) == .incorrect(attemptsLeft: 4))
            #expect(try await stores.guess(codeDigest(signup, issue: 2), for: signup) == .match(signup.id))
        }
    }

    @Test(
        "a dead or used code is remembered a day beyond its expiry: mailed again, it stays as it was",
        arguments: StoreBackend.all
    )
    func remembersBeyondExpiry(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let dead = try newSignup()
            let used = try newSignup("noor@example.org", nickname: "Noor")
            let untouched = try newSignup("ada@example.org", nickname: "Ada")
            for signup in [dead, used, untouched] { try await stores.install(signup) }
            for _ in 0..<5 { _ = try await stores.guess(wrongDigest(), for: dead) }
            stores.codes.retire(signupID: used.id, email: used.email.identity, now: start)

            let late = start + .seconds(3600 + 86_399)
            for signup in [dead, used, untouched] { try await stores.install(signup, at: late) }
            #expect(try await stores.guess(codeDigest(dead), for: dead, at: late) == .exhausted)
            #expect(try await stores.guess(codeDigest(used), for: used, at: late) == .incorrect(attemptsLeft: nil))
            #expect(try await stores.guess(codeDigest(untouched), for: untouched, at: late) == .match(untouched.id))
        }
    }

    @Test("a code that has expired is not marked used: it would begin to match again", arguments: StoreBackend.all)
    func expiredIsNotRetired(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup)
            // Guessed at, so that it is still there.
            _ = try await stores.guess(wrongDigest(), for: signup)
            let late = start + .seconds(3600)
            stores.codes.retire(signupID: signup.id, email: signup.email.identity, now: late)
            let outcome = try await stores.guess(codeDigest(signup), for: signup, at: late + .seconds(1))
            #expect(outcome == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("installing again extends a code's life and never shortens it", arguments: StoreBackend.all)
    func extendsOnly(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, lifetime: .seconds(100))
            try await stores.install(signup, lifetime: .seconds(200))
            try await stores.install(signup, lifetime: .seconds(50))
            let late = start + .seconds(199)
            let last = try await stores.guess(codeDigest(signup), for: signup, at: late)
            #expect(last == .match(signup.id, isEnding: true))
            let end = start + .seconds(200)
            #expect(try await stores.guess(codeDigest(signup), for: signup, at: end) == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("installing again forgives no guess and revives no dead code", arguments: StoreBackend.all)
    func keepsGuesses(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup)
            for left in [4, 3] {
                #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: left))
            }
            try await stores.install(signup, lifetime: .seconds(7200))
            for left in [2, 1, 0] {
                #expect(try await stores.guess(wrongDigest(), for: signup) == .incorrect(attemptsLeft: left))
            }
            try await stores.install(signup, lifetime: .seconds(9000))
            #expect(try await stores.guess(codeDigest(signup), for: signup) == .exhausted)
        }
    }

    @Test("installing again revives no used code", arguments: StoreBackend.all)
    func keepsUse(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            try await stores.install(signup, lifetime: .seconds(60))
            stores.codes.retire(signupID: signup.id, email: signup.email.identity, now: start)
            try await eventually("the code is marked used") {
                try await stores.guess(codeDigest(signup), for: signup, at: start + .seconds(300)) == .match(signup.id)
            }
            try await stores.install(signup, lifetime: .seconds(7200))
            let late = try await stores.guess(codeDigest(signup), for: signup, at: start + .seconds(700))
            #expect(late == .incorrect(attemptsLeft: nil))
        }
    }

    @Test("retiring one signup's codes leaves another's of the same address alone", arguments: StoreBackend.all)
    func retiresOneSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let used = try newSignup()
            let other = try newSignup()
            try await stores.install(used, lifetime: .seconds(60))
            try await stores.install(other)
            stores.codes.retire(signupID: used.id, email: used.email.identity, now: start)
            try await eventually("the code is marked used") {
                try await stores.guess(codeDigest(used), for: used, at: start + .seconds(90)) == .match(used.id)
            }
            #expect(try await stores.guess(wrongDigest(), for: other) == .incorrect(attemptsLeft: 4))
        }
    }
}
