import Signup
import Testing

@Suite("Resend")
struct ResendContract {
    @Test("each resend owes the next issue, to the address as typed", arguments: StoreBackend.all)
    func owesNextIssue(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join("Mira@Example.org")
            #expect(try await stores.resend(signup) == .owed(issue: 2))
            #expect(try await stores.resend(signup) == .owed(issue: 3))
            let mails = try await stores.claim()
            #expect(mails.map(\.issue).sorted() == [1, 2, 3])
            #expect(mails.allSatisfy { $0.recipient == "Mira@Example.org" && $0.signupID == signup.id })
        }
    }

    @Test("ten resends at once owe ten different issues", arguments: StoreBackend.all)
    func countsAtomically(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let signup = try await first.join()
            let outcomes = try await concurrently(0..<10) { number in
                try await (number.isMultiple(of: 2) ? first : second).resend(signup)
            }
            for issue in 2...11 { #expect(outcomes.count { $0 == .owed(issue: issue) } == 1) }
        }
    }

    @Test("a signup that waits for mail again has no end", arguments: StoreBackend.all)
    func clearsExpiry(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            let sent = try await stores.accounts.signup(signup.id, deadline: soon)
            #expect(sent?.expiresAt == start + .seconds(3600))
            #expect(try await stores.resend(signup, at: start + .seconds(60)) == .owed(issue: 2))
            let owed = try #require(try await stores.accounts.signup(signup.id, deadline: soon))
            #expect(owed.expiresAt == nil)
        }
    }

    @Test("the same idempotency key owes nothing more", arguments: StoreBackend.all)
    func replays(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let cap = DailyCap(subject: "mira@example.org", maximum: 1)
            let first = try await stores.resend(signup, idempotency: idempotency(3), dailyCap: cap)
            #expect(first == .owed(issue: 2))
            let again = try await stores.resend(signup, idempotency: idempotency(3, fingerprint: 1), dailyCap: cap)
            let recorded = RecordedResend(signupID: signup.id, issue: 2, fingerprint: idempotency(3).fingerprint)
            #expect(again == .replayed(recorded))
            let found = try await stores.accounts.resend(recordedUnder: idempotency(3).key, deadline: soon)
            #expect(found == recorded)
            let nothing = try await stores.accounts.resend(recordedUnder: idempotency(4).key, deadline: soon)
            #expect(nothing == nil)
            #expect(try await stores.list(nil).count == 2)
        }
    }

    @Test("a resend that comes again once the signup is verified is answered as before", arguments: StoreBackend.all)
    func replaysAfterVerification(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            #expect(try await stores.resend(signup, idempotency: idempotency(3)) == .owed(issue: 2))
            try await stores.makeMember(signup)
            let recorded = RecordedResend(signupID: signup.id, issue: 2, fingerprint: idempotency(3).fingerprint)
            #expect(try await stores.resend(signup, idempotency: idempotency(3)) == .replayed(recorded))
        }
    }

    @Test("nothing is owed to a stranger or a member", arguments: StoreBackend.all)
    func needsPendingSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let stranger = try newSignup()
            #expect(try await stores.resend(stranger) == .noPendingSignup)
            let signup = try await stores.join()
            try await stores.makeMember(signup)
            #expect(try await stores.resend(signup) == .noPendingSignup)
        }
    }

    @Test("an issue never comes twice, even when the mail before it was purged", arguments: StoreBackend.all)
    func remembersIssues(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join("Mira@Example.org")
            try await stores.sendMail()
            let later = start + .seconds(5 * 86_400)
            _ = try await stores.accounts.purge(Retention(), now: later, deadline: soon)
            #expect(try await stores.list(.sent).isEmpty)
            #expect(try await stores.resend(signup, at: later) == .owed(issue: 2))
            #expect(try await stores.claim(at: later).map(\.recipient) == ["Mira@Example.org"])
        }
    }

    @Test(
        "where the address has become a member's, the order is refused, or the mail tells its owner so",
        arguments: StoreBackend.all
    )
    func tellsTheMember(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let earlier = try await stores.join(nickname: "Stranger")
            try await stores.sendMail()
            try await stores.makeMember(try await stores.join(at: start + .seconds(1)), at: start + .seconds(1))
            #expect(try await stores.resend(earlier, at: start + .seconds(60)) == .noPendingSignup)
            #expect(try await stores.resend(earlier, at: start + .seconds(60), tellsMember: true) == .owed(issue: 2))
            let mails = try await stores.claim(at: start + .seconds(60))
            let mail = try #require(mails.first { $0.signupID == earlier.id })
            #expect(mail.template == .accountExists)
            #expect(mail.issue == 2)
        }
    }

    @Test(
        "a silent resend counts and repeats like one that reached someone, and owes no mail",
        arguments: StoreBackend.all
    )
    func silent(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let cap = DailyCap(subject: "nobody@example.org", maximum: 2)
            func resend(_ key: UInt8?, fingerprint: UInt8 = 0xF0) async throws -> ResendOutcome {
                let order = ResendOrder(
                    signupID: SignupID(now: start),
                    now: start,
                    idempotency: key.map { idempotency($0, fingerprint: fingerprint) },
                    dailyCap: cap
                )
                return try await stores.accounts.resendSilently(order, deadline: soon)
            }
            #expect(try await resend(5) == .owed(issue: 1))
            guard case .replayed(let earlier) = try await resend(5, fingerprint: 1) else { throw UnexpectedOutcome() }
            #expect(earlier.fingerprint == idempotency(5).fingerprint)
            #expect(try await stores.accounts.resend(recordedUnder: idempotency(5).key, deadline: soon) == earlier)
            #expect(try await resend(nil) == .owed(issue: 1))
            #expect(try await resend(6) == .dailyCapReached(retryAfter: .seconds(86_400)))
            #expect(try await stores.list(nil).isEmpty)
            // Forgotten with the other keys: two rows of its own, and the closed window.
            let later = start + .seconds(86_400)
            #expect(try await stores.accounts.purge(Retention(), now: later, deadline: soon) == 3)
            #expect(try await stores.accounts.resend(recordedUnder: idempotency(5).key, deadline: soon) == nil)
        }
    }

    @Test("of two equal silent resends at once, one is recorded and the other given it", arguments: StoreBackend.all)
    func silentRace(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let outcomes = try await concurrently(0..<8) { number in
                let order = ResendOrder(
                    signupID: SignupID(now: start),
                    now: start,
                    idempotency: idempotency(5),
                    dailyCap: nil
                )
                let stores = number.isMultiple(of: 2) ? first : second
                return try await stores.accounts.resendSilently(order, deadline: soon)
            }
            #expect(outcomes.count { $0 == .owed(issue: 1) } == 1)
        }
    }

    @Test(
        "there is nothing to resend to someone who became a member through another signup",
        arguments: StoreBackend.all
    )
    func memberThroughAnother(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let verified = try await stores.join()
            let pending = try await stores.join(at: start + .seconds(60))
            try await stores.makeMember(verified)
            let newest = try await stores.accounts.newestPendingSignup(email: "mira@example.org", deadline: soon)
            #expect(newest == nil)
            #expect(try await stores.resend(pending) == .noPendingSignup)
            #expect(try await stores.list(nil).count == 2, "nothing was owed")
        }
    }
}
