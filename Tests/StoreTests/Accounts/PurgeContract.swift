import Signup
import Testing

@Suite("Purge")
struct PurgeContract {
    /// Purges until nothing is left to purge.
    @discardableResult
    private func purge(_ stores: Stores, _ retention: Retention = Retention(), after time: Duration) async throws -> Int
    {
        var total = 0
        while true {
            let count = try await stores.accounts.purge(retention, now: start + time, deadline: soon)
            if count == 0 { return total }
            total += count
        }
    }

    private let day = Duration.seconds(86_400)

    @Test("an unverified signup goes when it is old, not before", arguments: StoreBackend.all)
    func unverifiedSignups(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            try await purge(stores, after: day * 7 - .seconds(1))
            #expect(try await stores.accounts.signup(signup.id, deadline: soon) != nil)
            try await purge(stores, after: day * 7 + .seconds(1))
            #expect(try await stores.accounts.signup(signup.id, deadline: soon) == nil)
            #expect(try await stores.activate(signup) == .unknownSignup)
        }
    }

    @Test("a signup whose mail is still owed stays, and so does its mail", arguments: StoreBackend.all)
    func owedMailStays(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await purge(stores, after: day * 20)
            #expect(try await stores.accounts.signup(signup.id, deadline: soon) != nil)
            #expect(try await stores.list(.queued).count == 1)
        }
    }

    @Test("a member stays without their signup, and verifying again still finds them", arguments: StoreBackend.all)
    func membersStay(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            let member = try await stores.makeMember(signup)
            try await purge(stores, after: day * 400)
            // A second copy of their password's hash would outlive every change of it.
            #expect(try await stores.accounts.signup(signup.id, deadline: soon) == nil)
            #expect(try await stores.activate(signup) == .activated(member))
            let standing = try await stores.accounts.standing(of: .id(signup.id), deadline: soon)
            #expect(standing == Standing(state: .active, email: "mira@example.org", mail: nil))
        }
    }

    @Test("sent mail goes after three days, dead mail after thirty", arguments: StoreBackend.all)
    func mail(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            try await stores.sendMail()
            try await stores.join("noor@example.org", nickname: "Noor")
            let dead = try #require(try await stores.claim().first)
            #expect(try await stores.settle(dead, as: .dead(reply: "550 no", earlierCodesLive: .seconds(3600))))

            try await purge(stores, after: day * 3 - .seconds(1))
            #expect(try await stores.list(.sent).count == 1)
            try await purge(stores, after: day * 3 + .seconds(1))
            #expect(try await stores.list(.sent).isEmpty)
            try await purge(stores, after: day * 30 - .seconds(1))
            #expect(try await stores.list(.dead).count == 1)
            try await purge(stores, after: day * 30 + .seconds(1))
            #expect(try await stores.list(.dead).isEmpty)
        }
    }

    @Test("an idempotency key is forgotten after a day, its signup is not", arguments: StoreBackend.all)
    func idempotencyKeys(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup(idempotency: idempotency(1))
            #expect(try await stores.accounts.record(signup, deadline: soon) == .recorded)
            try await purge(stores, after: day - .seconds(1))
            let early = try newSignup(at: start + day, idempotency: idempotency(1))
            let outcome = try await stores.accounts.record(early, deadline: soon)
            #expect(outcome != .recorded)

            try await purge(stores, after: day + .seconds(1))
            #expect(try await stores.accounts.signup(signup.id, deadline: soon)?.fingerprint == nil)
            let late = try newSignup(at: start + day, idempotency: idempotency(1))
            #expect(try await stores.accounts.record(late, deadline: soon) == .recorded)
        }
    }

    @Test("a call deletes no more of a kind than the batch allows", arguments: StoreBackend.all)
    func isBounded(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for number in 0..<5 {
                try await stores.join("mira\(number)@example.org", nickname: "Mira \(number)")
                try await stores.sendMail()
            }
            let retention = Retention(batchSize: 2)
            let first = try await stores.accounts.purge(retention, now: start + day * 4, deadline: soon)
            #expect(first == 2)
            #expect(try await stores.list(.sent).count == 3)
            #expect(try await purge(stores, retention, after: day * 4) == 3)
        }
    }
}
