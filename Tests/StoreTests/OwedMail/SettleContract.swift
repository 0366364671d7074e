import Signup
import Testing

@Suite("Settling an attempt")
struct SettleContract {
    @Test("sent mail is sent, and starts the life of its code", arguments: StoreBackend.all)
    func sent(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let mail = try #require(try await stores.claim().first)
            let end = start + .seconds(3660)
            #expect(try await stores.settle(mail, as: .sent(reply: "250 ok", codeExpiresAt: end)))
            #expect(try await stores.accounts.signup(signup.id, deadline: soon)?.expiresAt == end)
            let entry = try #require(try await stores.list(.sent).first)
            #expect(entry.lastReply == "250 ok")
            #expect(entry.sentAt == start)
            #expect(entry.attempts == 1)
            #expect(try await stores.claim(at: start + .seconds(1000)).isEmpty)
        }
    }

    @Test("a retry is owed again when it is due, with or without counting the attempt", arguments: StoreBackend.all)
    func retry(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let due = start + .seconds(5)
            let first = try #require(try await stores.claim().first)
            #expect(try await stores.settle(first, as: .retry(dueAt: due, reply: "451 later", countsAttempt: true)))
            #expect(try await stores.list(.queued).first?.lastReply == "451 later")
            #expect(try await stores.claim(at: start + .seconds(4)).isEmpty)
            let second = try #require(try await stores.claim(at: due).first)
            #expect(second.attempts == 2)
            #expect(try await stores.settle(second, as: .retry(dueAt: due, reply: "no route", countsAttempt: false)))
            #expect(try await stores.claim(at: due).first?.attempts == 2)
        }
    }

    @Test("dead mail is claimed no more", arguments: StoreBackend.all)
    func dead(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let mail = try #require(try await stores.claim().first)
            #expect(
                try await stores.settle(mail, as: .dead(reply: "550 no such user", earlierCodesLive: .seconds(3600)))
            )
            #expect(try await stores.claim(at: start + .seconds(100_000)).isEmpty)
            let standing = try await stores.accounts.standing(of: .id(signup.id), deadline: soon)
            #expect(standing.mail?.state == .dead)
            #expect(standing.mail?.lastReply == "550 no such user")
        }
    }

    @Test("a second mail that dies leaves the signup as live as its first code", arguments: StoreBackend.all)
    func deadSecond(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            let later = start + .seconds(60)
            #expect(try await stores.resend(signup, at: later) == .owed(issue: 2))
            let mail = try #require(try await stores.claim(at: later).first)
            let dead = Settlement.dead(reply: "550 no", earlierCodesLive: .seconds(3600))
            #expect(try await stores.settle(mail, as: dead, at: later))
            let end = start + .seconds(3600)
            #expect(try await stores.accounts.signup(signup.id, deadline: soon)?.expiresAt == end)
            let other = ("other@example.org", "Mira")
            #expect(try await stores.survey(other.0, nickname: other.1, at: end - .seconds(1)).nicknameIsTaken)
            #expect(try await !stores.survey(other.0, nickname: other.1, at: end + .seconds(1)).nicknameIsTaken)
        }
    }

    @Test("a first mail that dies late leaves the signup as live as its second code", arguments: StoreBackend.all)
    func deadFirst(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            let later = start + .seconds(60)
            #expect(try await stores.resend(signup, at: later) == .owed(issue: 2))
            let mails = try await stores.claim(at: later).sorted { $0.issue < $1.issue }
            try #require(mails.count == 2)
            let sent = Settlement.sent(reply: "250 ok", codeExpiresAt: later + .seconds(3600))
            #expect(try await stores.settle(mails[1], as: sent, at: later))
            let dead = Settlement.dead(reply: "550 no", earlierCodesLive: .seconds(3600))
            #expect(try await stores.settle(mails[0], as: dead, at: later + .seconds(30)))
            let end = later + .seconds(3600)
            #expect(try await stores.accounts.signup(signup.id, deadline: soon)?.expiresAt == end)
        }
    }

    @Test("an address that has become a member's is owed no further issue", arguments: StoreBackend.all)
    func reissuedToMember(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join(nickname: "First")
            let first = try #require(try await stores.claim().first)
            let second = try await stores.join(nickname: "Second")
            try await stores.sendMail()
            try await stores.makeMember(second)
            #expect(try await stores.settle(first, as: .reissued(reply: "the secret is gone")))
            #expect(try await stores.list(.dead).map(\.issue) == [1])
            #expect(try await stores.list(.queued).isEmpty)
        }
    }

    @Test("when its secret is gone the mail is dead, and the next issue is owed", arguments: StoreBackend.all)
    func reissued(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join("Mira@example.org")
            let mail = try #require(try await stores.claim().first)
            #expect(try await stores.settle(mail, as: .reissued(reply: "the secret is gone")))
            #expect(try await stores.list(.dead).map(\.issue) == [1])
            let other = try #require(KeyID("0123456789abcdef"))
            let next = try #require(try await stores.claim(keyID: other).first)
            #expect(next.signupID == signup.id)
            #expect(next.issue == 2)
            #expect(next.recipient == "Mira@example.org")
            #expect(next.keyID == other)
            #expect(next.attempts == 1)
            #expect(try await stores.settle(mail, as: .reissued(reply: "again")) == false)
        }
    }

    @Test("outcomes of all kinds that come at once each reach their own row", arguments: StoreBackend.all)
    func together(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for number in 0..<60 { try await stores.join("p\(number)@example.org", nickname: "Person \(number)") }
            let mails = try await stores.claim(60)
            let settled = try await concurrently(0..<60) { number in
                let settlement: Settlement =
                    switch number % 3 {
                    case 0: .sent(reply: "250 \(number)", codeExpiresAt: start + .seconds(3600 + number % 2))
                    case 1: .dead(reply: "550 \(number)", earlierCodesLive: .seconds(3600))
                    default: .retry(dueAt: start + .seconds(5), reply: "450 \(number)", countsAttempt: true)
                    }
                return try await stores.settle(mails[number], as: settlement)
            }
            #expect(settled.allSatisfy { $0 })
            for (number, mail) in mails.enumerated() {
                let signup = try #require(try await stores.accounts.signup(mail.signupID, deadline: soon))
                switch number % 3 {
                case 0: #expect(signup.expiresAt == start + .seconds(3600 + number % 2))
                // A dead mail's signup may ask for another; what is retried is still owed.
                case 1: break
                default: #expect(signup.expiresAt == nil)
                }
            }
            let states: [(OutboxState, String)] = [(.sent, "250"), (.dead, "550"), (.queued, "450")]
            for (state, code) in states {
                let entries = try await stores.list(state)
                #expect(entries.count == 20)
                #expect(entries.allSatisfy { $0.lastReply?.hasPrefix(code) == true })
                #expect(Set(entries.map(\.lastReply)).count == 20)
            }
        }
    }

    @Test("many outcomes in one call are each answered for in their place", arguments: StoreBackend.all)
    func inOneCall(_ backend: StoreBackend) async throws {
        // More than fit into one of MariaDB's lists.
        let count = 130
        try await backend.withStores { stores in
            for number in 0..<count { try await stores.join("p\(number)@example.org", nickname: "Person \(number)") }
            let mails = try await stores.claim(count)
            let endings = mails.enumerated().map { number, mail in
                let isForged = number % 10 == 7
                let lease = LeaseReference(outboxID: mail.lease.outboxID, token: isForged ? 1 : mail.lease.token)
                return AttemptEnding(
                    lease,
                    .sent(reply: "250 \(mail.recipient)", codeExpiresAt: start + .seconds(3600))
                )
            }
            let results = await stores.outbox.settle(endings, now: start + .seconds(1), deadline: soon)
            #expect(try results.map { try $0.get() } == (0..<count).map { $0 % 10 != 7 })
            let sent = try await stores.list(.sent)
            #expect(sent.count == 117)
            #expect(sent.allSatisfy { $0.lastReply == "250 \($0.recipient)" && $0.sentAt == start + .seconds(1) })
            #expect(await stores.outbox.settle([], now: start, deadline: soon).isEmpty)
        }
    }

    @Test("what is settled can not be settled again", arguments: StoreBackend.all)
    func once(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let mail = try #require(try await stores.claim().first)
            #expect(try await stores.settle(mail, as: .sent(reply: "250 ok", codeExpiresAt: start)))
            #expect(try await stores.settle(mail, as: .dead(reply: "550", earlierCodesLive: .seconds(3600))) == false)
            #expect(try await stores.list(.dead).isEmpty)
        }
    }

    @Test("a lease that ran out settles while nobody else has claimed the row", arguments: StoreBackend.all)
    func lateButAlone(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let mail = try #require(try await stores.claim(lease: .seconds(10)).first)
            let late = start + .seconds(11)
            #expect(try await stores.settle(mail, as: .sent(reply: "250 ok", codeExpiresAt: late), at: late))
            #expect(try await stores.list(.sent).count == 1)
        }
    }
}
