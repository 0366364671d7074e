import Signup
import Testing

@Suite("What stands in the way of a signup")
struct SurveyContract {
    private let clear = Survey(replayed: nil, emailIsTaken: false, nicknameIsTaken: false)

    @Test("nothing, among strangers", arguments: StoreBackend.all)
    func findsNothing(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join("noor@example.org", nickname: "Noor")
            #expect(try await stores.survey("mira@example.org", nickname: "Mira") == clear)
        }
    }

    @Test("a member's address and nickname are taken", arguments: StoreBackend.all)
    func findsMember(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.makeMember(try await stores.join())
            let same = try await stores.survey("mira@example.org", nickname: "Mira")
            #expect(same == Survey(replayed: nil, emailIsTaken: true, nicknameIsTaken: true))
            let otherCase = try await stores.survey("MIRA@example.org", nickname: "mira")
            #expect(otherCase == Survey(replayed: nil, emailIsTaken: true, nicknameIsTaken: true))
        }
    }

    @Test("an unverified signup never blocks its own address", arguments: StoreBackend.all)
    func leavesOwnAddressFree(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            #expect(try await stores.survey("mira@example.org", nickname: "Mira") == clear)
        }
    }

    @Test(
        "another address's signup holds its nickname while its mail is owed or its code lives",
        arguments: StoreBackend.all
    )
    func findsLiveSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let owed = try await stores.survey("noor@example.org", nickname: "Mira", at: start + .seconds(100_000))
            #expect(owed.nicknameIsTaken)

            try await stores.sendMail()
            let alive = try await stores.survey("noor@example.org", nickname: "Mira", at: start + .seconds(3599))
            #expect(alive == Survey(replayed: nil, emailIsTaken: false, nicknameIsTaken: true))
            let expired = try await stores.survey("noor@example.org", nickname: "Mira", at: start + .seconds(3600))
            #expect(expired == clear)
        }
    }

    @Test("a daily cap that is used up, with the truth about when it is not", arguments: StoreBackend.all)
    func findsUsedUpCap(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let cap = DailyCap(subject: "mira@example.org", maximum: 2)
            for minute in 0..<2 {
                #expect(try await stores.survey("mira@example.org", nickname: "Mira", dailyCap: cap) == clear)
                let signup = try newSignup(at: start + .seconds(60 * minute), dailyCap: cap)
                #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)
            }
            func wait(_ cap: DailyCap?, after seconds: Int) async throws -> Duration? {
                let time = start + .seconds(seconds)
                return try await stores.survey("mira@example.org", nickname: "Mira", dailyCap: cap, at: time)
                    .dailyCapWait
            }
            #expect(try await wait(cap, after: 3600) == .seconds(82_800))
            #expect(try await wait(cap, after: 86_400) == nil)
            #expect(try await wait(DailyCap(subject: "mira@example.org", maximum: 3), after: 3600) == nil)
            #expect(try await wait(DailyCap(subject: "noor@example.org", maximum: 1), after: 3600) == nil)
            #expect(try await wait(nil, after: 3600) == nil)
        }
    }

    @Test("an earlier request of the same idempotency key", arguments: StoreBackend.all)
    func findsReplay(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup(idempotency: idempotency(7))
            #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)
            let stored = try #require(try await stores.accounts.signup(signup.id, deadline: soon))
            let survey = try await stores.survey(
                "mira@example.org",
                nickname: "Mira",
                idempotencyKey: idempotency(7).key
            )
            #expect(survey.replayed == stored)
            let other = try await stores.survey(
                "mira@example.org",
                nickname: "Mira",
                idempotencyKey: idempotency(8).key
            )
            #expect(other.replayed == nil)
        }
    }
}
