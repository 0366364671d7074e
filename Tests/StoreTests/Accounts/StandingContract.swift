import Signup
import Testing

@Suite("Standing")
struct StandingContract {
    private func standing(_ stores: Stores, of reference: SignupReference) async throws -> Standing {
        try await stores.accounts.standing(of: reference, deadline: soon)
    }

    @Test("nobody knows a stranger", arguments: StoreBackend.all)
    func none(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let stranger = try newSignup()
            #expect(try await standing(stores, of: SignupReference.email("mira@example.org")) == Standing.none)
            #expect(try await standing(stores, of: SignupReference.id(stranger.id)) == Standing.none)
        }
    }

    @Test("a signup is pending, and tells how its mail fares", arguments: StoreBackend.all)
    func pending(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let queued = Standing.Mail(state: .queued, attempts: 0, lastReply: nil, sentAt: nil)
            let references: [SignupReference] = [.email("mira@example.org"), .id(signup.id)]
            for reference in references {
                let expected = Standing(state: .pending, email: "mira@example.org", mail: queued)
                #expect(try await standing(stores, of: reference) == expected)
            }
            try await stores.sendMail(at: start + .seconds(2))
            let sent = Standing.Mail(state: .sent, attempts: 1, lastReply: "250 ok", sentAt: start + .seconds(2))
            for reference in references {
                let expected = Standing(state: .pending, email: "mira@example.org", mail: sent)
                #expect(try await standing(stores, of: reference) == expected)
            }
        }
    }

    @Test("the newest mail is the one told about", arguments: StoreBackend.all)
    func newestMail(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            _ = try await stores.resend(signup)
            #expect(try await standing(stores, of: SignupReference.id(signup.id)).mail?.state == .queued)
        }
    }

    @Test("a member is active, whatever else was signed up since", arguments: StoreBackend.all)
    func active(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.makeMember(signup)
            let later = try await stores.join(nickname: "Later", at: start + .seconds(5))
            #expect(try await standing(stores, of: SignupReference.email("mira@example.org")).state == .active)
            let own = try await standing(stores, of: SignupReference.id(signup.id))
            #expect(own.state == .active)
            #expect(own.email == "mira@example.org")
            #expect(try await standing(stores, of: SignupReference.id(later.id)).state == .pending)
        }
    }

    @Test("the newest pending signup of an address is found, of a member's address none", arguments: StoreBackend.all)
    func newestPending(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let newer = try await stores.join(nickname: "Newer", at: start + .seconds(1))
            func newest() async throws -> SignupID? {
                try await stores.accounts.newestPendingSignup(email: "mira@example.org", deadline: soon)?.id
            }
            #expect(try await newest() == newer.id)
            try await stores.makeMember(newer)
            #expect(try await newest() == nil)
        }
    }

    @Test("a store that works answers a ping", arguments: StoreBackend.all)
    func ping(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.accounts.ping(deadline: soon)
            try await stores.codes.ping(deadline: soon)
        }
    }

    @Test("a call whose deadline has passed is not begun", arguments: StoreBackend.all)
    func deadline(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try newSignup()
            let past = Deadline.now - .seconds(1)
            let failure = await #expect(throws: BackendFailure.self) {
                try await stores.accounts.record(signup, deadline: past)
            }
            #expect(failure?.kind == .deadlineExceeded)
            #expect(try await stores.accounts.signup(signup.id, deadline: soon) == nil)
        }
    }
}
