import Signup
import Testing

@Suite("Recording a signup")
struct RecordContract {
    @Test("a signup is stored together with the mail it is owed", arguments: StoreBackend.all)
    func storesSignupAndMail(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup("Mira@Example.org", locale: "de", idempotency: idempotency(1))
            #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)

            let record = try #require(try await stores.accounts.signup(signup.id, deadline: soon))
            #expect(
                record
                    == SignupRecord(
                        id: signup.id,
                        email: "mira@example.org",
                        nickname: "Mira",
                        passwordHash: signup.passwordHash,
                        state: .pending,
                        createdAt: start,
                        expiresAt: nil,
                        fingerprint: idempotency(1).fingerprint
                    )
            )
            let mail = try #require(try await stores.claim().first)
            #expect(mail.signupID == signup.id)
            #expect(mail.issue == 1)
            #expect(mail.template == .verifyEmail)
            #expect(mail.recipient == "Mira@Example.org")
            #expect(mail.locale == "de")
            #expect(mail.keyID == key.id)
            #expect(mail.createdAt == start)
        }
    }

    @Test("a decoy looks like any signup, holds its nickname, and is mailed no code", arguments: StoreBackend.all)
    func decoy(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.makeMember(try await stores.join())
            let decoy = try newSignup(nickname: "Miranda", template: .accountExists, at: start + .seconds(1))
            #expect(try await stores.accounts.record(decoy, deadline: soon) == .recorded)
            let mails = try await stores.claim(at: start + .seconds(1))
            let mail = try #require(mails.first { $0.signupID == decoy.id })
            #expect(mail.template == .accountExists)
            #expect(!mail.template.carriesCode)
            let standing = try await stores.accounts.standing(of: .id(decoy.id), deadline: soon)
            #expect(standing.state == .pending)
            #expect(standing.mail?.state == .queued)
            #expect(try await stores.survey("other@example.org", nickname: "Miranda").nicknameIsTaken)
            #expect(try await stores.activate(decoy) == .emailTaken)
        }
    }

    @Test(
        "recording again with the same id, after an answer was lost, stores nothing twice",
        arguments: StoreBackend.all
    )
    func repeatsOwnRequest(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let cap = DailyCap(subject: "mira@example.org", maximum: 1)
            let signup = try newSignup(idempotency: idempotency(1), dailyCap: cap)
            for _ in 0..<3 { #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded) }
            #expect(try await stores.list(nil).count == 1)
        }
    }

    @Test("another request with the same idempotency key is given the first one's signup", arguments: StoreBackend.all)
    func replaysByKey(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let cap = DailyCap(subject: "mira@example.org", maximum: 1)
            let first = try newSignup(idempotency: idempotency(1), dailyCap: cap)
            let second = try newSignup(idempotency: idempotency(1, fingerprint: 0xAA), dailyCap: cap)
            #expect(try await stores.accounts.record(first, deadline: soon) == .recorded)
            let stored = try #require(try await stores.accounts.signup(first.id, deadline: soon))

            #expect(try await stores.accounts.record(second, deadline: soon) == .replayed(stored))
            #expect(try await stores.accounts.signup(second.id, deadline: soon) == nil)
            let found = try await stores.accounts.signup(recordedUnder: idempotency(1).key, deadline: soon)
            #expect(found == stored)
            #expect(try await stores.accounts.signup(recordedUnder: idempotency(2).key, deadline: soon) == nil)
            #expect(try await stores.list(nil).count == 1)
        }
    }

    @Test("of twenty requests at once with one idempotency key, one is recorded", arguments: StoreBackend.all)
    func keyDecidesRace(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let outcomes = try await concurrently(0..<20) { _ in
                try await stores.accounts.record(newSignup(idempotency: idempotency(1)), deadline: soon)
            }
            #expect(outcomes.count { $0 == .recorded } == 1)
            #expect(try await stores.list(nil).count == 1)
        }
    }

    @Test("signing up again opens a new signup beside the earlier one", arguments: StoreBackend.all)
    func opensAnother(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let first = try await stores.join()
            let second = try await stores.join(at: start + .seconds(1))
            #expect(try await stores.accounts.signup(first.id, deadline: soon)?.state == .pending)
            let newest = try await stores.accounts.newestPendingSignup(email: "mira@example.org", deadline: soon)
            #expect(newest?.id == second.id)
        }
    }
}

@Suite("The daily cap on mail to an address")
struct DailyCapContract {
    private let cap = DailyCap(subject: "mira@example.org", maximum: 2)

    private func record(_ stores: Stores, at time: Timestamp) async throws -> RecordOutcome {
        try await stores.accounts.record(newSignup(at: time, dailyCap: cap), deadline: soon)
    }

    @Test("a full window tells truly when it closes, and stores nothing", arguments: StoreBackend.all)
    func refusesTruthfully(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            #expect(try await record(stores, at: start) == .recorded)
            #expect(try await record(stores, at: start + .seconds(3600)) == .recorded)
            let late = start + .seconds(7200)
            let refused = try newSignup(at: late, dailyCap: cap)
            let outcome = try await stores.accounts.record(refused, deadline: soon)
            #expect(outcome == .dailyCapReached(retryAfter: .seconds(79_200)))
            #expect(try await stores.accounts.signup(refused.id, deadline: soon) == nil)
            #expect(try await stores.list(nil).count == 2)

            let justBefore = start + .milliseconds(86_399_999)
            #expect(try await record(stores, at: justBefore) == .dailyCapReached(retryAfter: .milliseconds(1)))
            #expect(try await record(stores, at: late + .seconds(79_200)) == .recorded)
        }
    }

    @Test("of twenty signups at once exactly as many pass as the cap allows", arguments: StoreBackend.all)
    func isAtomic(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let cap = DailyCap(subject: "mira@example.org", maximum: 5)
            let outcomes = try await concurrently(0..<20) { number in
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.accounts.record(newSignup(dailyCap: cap), deadline: soon)
            }
            #expect(outcomes.count { $0 == .recorded } == 5)
            #expect(outcomes.count { $0 == .dailyCapReached(retryAfter: .seconds(86_400)) } == 15)
            #expect(try await first.list(nil).count == 5)
        }
    }

    @Test("resends are counted with signups", arguments: StoreBackend.all)
    func countsResends(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup(dailyCap: cap)
            #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)
            #expect(try await stores.resend(signup, dailyCap: cap) == .owed(issue: 2))
            let outcome = try await stores.resend(signup, dailyCap: cap)
            #expect(outcome == .dailyCapReached(retryAfter: .seconds(86_400)))
            #expect(try await stores.list(nil).count == 2)
        }
    }

    @Test("one address's cap is not another's", arguments: StoreBackend.all)
    func isPerSubject(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for name in ["mira", "noor"] {
                let cap = DailyCap(subject: "\(name)@example.org", maximum: 1)
                let signup = try newSignup("\(name)@example.org", nickname: name, dailyCap: cap)
                #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)
            }
        }
    }

    @Test("what is no mail is counted by the day too, past the maximum, one by one", arguments: StoreBackend.all)
    func countsOtherThings(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let cap = DailyCap(subject: "guess:mira", maximum: 2)
            let counts = try await concurrently(0..<6) { number in
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.accounts.count(cap, now: start, deadline: soon)
            }
            #expect(counts.map(\.count).sorted() == Array(1...6))
            #expect(counts.allSatisfy { $0.resetsAt == start + cap.window })
            let next = try await first.accounts.count(cap, now: start + cap.window, deadline: soon)
            #expect(next == DailyCount(count: 1, resetsAt: start + cap.window + cap.window))
        }
    }
}
