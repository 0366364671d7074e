import Signup
import Testing

@Suite("Activation")
struct ActivationContract {
    @Test("a member has the password and nickname of exactly the signup that was verified", arguments: StoreBackend.all)
    func promotesThatSignup(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let stranger = try await stores.join(nickname: "Stranger", passwordHash: "$argon2id$stranger")
            let owner = try await stores.join(
                nickname: "Keeper",
                passwordHash: "$argon2id$owner",
                at: start + .seconds(1)
            )
            let later = try await stores.join(nickname: "Later", at: start + .seconds(2))

            let member = try await stores.makeMember(owner, at: start + .seconds(9))
            #expect(member.signupID == owner.id)
            #expect(member.email == "mira@example.org")
            #expect(member.nickname == "Keeper")
            #expect(member.verifiedAt == start + .seconds(9))
            #expect(try await stores.accounts.signup(owner.id, deadline: soon)?.state == .verified)
            for other in [stranger, later] {
                #expect(try await stores.activate(other) == .emailTaken)
                #expect(try await stores.accounts.signup(other.id, deadline: soon)?.state == .pending)
            }
        }
    }

    @Test("activating twice gives the same member", arguments: StoreBackend.all)
    func isIdempotent(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let member = try await stores.makeMember(signup)
            #expect(try await stores.activate(signup, at: start + .seconds(5)) == .activated(member))
            #expect(try await stores.activate(signup, nickname: "Other") == .activated(member))
        }
    }

    @Test("twenty activations at once of one signup make one member", arguments: StoreBackend.all)
    func happensOnce(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            let signup = try await first.join()
            let outcomes = try await concurrently(0..<20) { number in
                try await (number.isMultiple(of: 2) ? first : second).activate(signup)
            }
            let member = try await first.makeMember(signup)
            #expect(outcomes.allSatisfy { $0 == .activated(member) })
        }
    }

    @Test("of twenty signups of one address, activated at once, one becomes the member", arguments: StoreBackend.all)
    func emailDecidesRace(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            var signups: [NewSignup] = []
            for number in 0..<20 { signups.append(try await first.join(nickname: "Mira \(number)")) }
            let outcomes = try await concurrently(0..<20) { [signups] number in
                try await (number.isMultiple(of: 2) ? first : second).activate(signups[number])
            }
            #expect(outcomes.count { $0.isActivated } == 1)
            #expect(outcomes.count { $0 == .emailTaken } == 19)
        }
    }

    @Test("of twenty signups of one nickname, activated at once, one becomes the member", arguments: StoreBackend.all)
    func nicknameDecidesRace(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            var signups: [NewSignup] = []
            for number in 0..<20 { signups.append(try await first.join("mira\(number)@example.org")) }
            let outcomes = try await concurrently(0..<20) { [signups] number in
                try await (number.isMultiple(of: 2) ? first : second).activate(signups[number])
            }
            #expect(outcomes.count { $0.isActivated } == 1)
            #expect(outcomes.count { $0 == .nicknameTaken } == 19)
        }
    }

    @Test("in a batch where one loses a race, the others hold", arguments: StoreBackend.all)
    func losersDoNotDisturb(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            var signups: [NewSignup] = []
            for number in 0..<40 {
                let nickname = number < 2 ? "Same" : "Mira \(number)"
                signups.append(try await stores.join("mira\(number)@example.org", nickname: nickname))
            }
            let outcomes = try await concurrently(0..<40) { [signups] number in
                try await stores.activate(signups[number])
            }
            #expect(outcomes.count { $0 == .nicknameTaken } == 1)
            #expect(outcomes.count { $0.isActivated } == 39)
            for signup in signups {
                let standing = try await stores.accounts.standing(of: .id(signup.id), deadline: soon)
                #expect(standing.email == signup.email.identity)
            }
        }
    }

    @Test("another nickname can be taken when the first was lost", arguments: StoreBackend.all)
    func takesAnotherNickname(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.makeMember(try await stores.join("noor@example.org", nickname: "Mira"))
            let signup = try await stores.join()
            #expect(try await stores.activate(signup) == .nicknameTaken)
            guard case .activated(let member) = try await stores.activate(signup, nickname: "Mira the Second") else {
                throw UnexpectedOutcome()
            }
            #expect(member.nickname == "Mira the Second")
            #expect(try await stores.survey("x@example.org", nickname: "mira the second").nicknameIsTaken)
        }
    }

    @Test("two nicknames are the same exactly when their keys are", arguments: StoreBackend.all)
    func comparesByKey(_ backend: StoreBackend) async throws {
        let pairs = [
            ("Mira", "mira"), ("Mira", "Ｍｉｒａ"), ("Zoë", "Zoe"), ("Straße", "strasse"), ("Mira", "Mira2"),
            ("Mira", "Míra"), ("İda", "ida"), ("Mira X", "MiraX"), ("Ørsted", "Orsted"),
        ]
        for (one, other) in pairs {
            try await backend.withStores { stores in
                let first = try await stores.join("one@example.org", nickname: one)
                let second = try await stores.join("other@example.org", nickname: other)
                let isSame = first.nickname.key.utf8.elementsEqual(second.nickname.key.utf8)
                try await stores.makeMember(first)
                let outcome = try await stores.activate(second)
                #expect(outcome.isActivated != isSame, "\(one) and \(other)")
                #expect((outcome == .nicknameTaken) == isSame, "\(one) and \(other)")
            }
        }
    }

    @Test("a space more makes another nickname, if it makes another key", arguments: StoreBackend.all)
    func trailingSpaceCounts(_ backend: StoreBackend) async throws {
        // A name with a space at its end may be refused or trimmed before it comes here; then there is nothing to compare.
        guard let spaced = try? Nickname("Mira ") else { return }
        try await backend.withStores { stores in
            let plain = try await stores.join("one@example.org", nickname: "Mira")
            let second = try await stores.join("other@example.org", nickname: "Mira ")
            try await stores.makeMember(plain)
            let isSame = spaced.key == plain.nickname.key
            #expect(try await stores.activate(second).isActivated != isSame)
        }
    }

    @Test("a signup nobody made can not be activated", arguments: StoreBackend.all)
    func knowsNoStranger(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let stranger = try newSignup()
            #expect(try await stores.activate(stranger) == .unknownSignup)
        }
    }
}

extension ActivationOutcome {
    var isActivated: Bool {
        if case .activated = self { true } else { false }
    }
}
