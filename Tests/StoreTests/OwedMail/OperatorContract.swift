import Signup
import Testing

@Suite("The outbox, for operators and clocks")
struct OperatorContract {
    /// Three mails: one sent, one dead, one queued, in this order of age.
    private func makeThree(_ stores: Stores) async throws {
        for (seconds, name) in ["sent", "dead", "queued"].enumerated() {
            let time = start + .seconds(seconds)
            try await stores.join("\(name)@example.org", nickname: name, at: time)
            if name == "queued" { continue }
            let mail = try #require(try await stores.claim(at: time).first)
            let sent = Settlement.sent(reply: "250 ok", codeExpiresAt: time + .seconds(3600))
            #expect(
                try await stores.settle(
                    mail,
                    as: name == "sent" ? sent : .dead(reply: "550 no", earlierCodesLive: .seconds(3600)),
                    at: time
                )
            )
        }
    }

    @Test("rows are listed by state, oldest first", arguments: StoreBackend.all)
    func list(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await makeThree(stores)
            #expect(try await stores.list(.sent).map(\.recipient) == ["sent@example.org"])
            #expect(try await stores.list(.dead).map(\.recipient) == ["dead@example.org"])
            let open = try await stores.list(nil)
            #expect(open.map(\.recipient) == ["dead@example.org", "queued@example.org"])
            #expect(open.map(\.state) == [.dead, .queued])
            #expect(try await stores.outbox.list(state: nil, limit: 1, deadline: soon) == [open[0]])
            for state: OutboxState? in [nil, .queued] {
                let behind = open[0].position
                let next = try await stores.outbox.list(state: state, behind: behind, limit: 9, deadline: soon)
                #expect(next == [open[1]])
            }
            let last = open[1].position
            #expect(try await stores.outbox.list(state: nil, behind: last, limit: 9, deadline: soon).isEmpty)
        }
    }

    @Test("the backlog counts what is queued and dead", arguments: StoreBackend.all)
    func backlog(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let empty = OutboxBacklog(queued: 0, dead: 0, oldestQueuedAt: nil)
            #expect(try await stores.outbox.backlog(deadline: soon) == empty)
            try await makeThree(stores)
            let expected = OutboxBacklog(queued: 1, dead: 1, oldestQueuedAt: start + .seconds(2))
            #expect(try await stores.outbox.backlog(deadline: soon) == expected)
        }
    }

    @Test("a second mail that is dropped leaves the signup as live as its first code", arguments: StoreBackend.all)
    func dropSecond(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let signup = try await stores.join()
            try await stores.sendMail()
            let later = start + .seconds(60)
            #expect(try await stores.resend(signup, at: later) == .owed(issue: 2))
            let ids = try await stores.list(.queued).map(\.id)
            let dropped = try await stores.outbox.drop(
                ids: ids,
                earlierCodesLive: .seconds(3600),
                now: later,
                deadline: soon
            )
            #expect(dropped == ids && ids.count == 1)
            #expect(try await stores.accounts.signup(signup.id, deadline: soon)?.expiresAt == start + .seconds(3600))
        }
    }

    @Test("dead rows are queued again with no attempts, sent ones are not touched", arguments: StoreBackend.all)
    func retry(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await makeThree(stores)
            let dead = try #require(try await stores.list(.dead).first)
            let sent = try #require(try await stores.list(.sent).first)
            let later = start + .seconds(500)
            let changed = try await stores.outbox.retry(ids: [dead.id, sent.id, 9_999], now: later, deadline: soon)
            #expect(changed == [dead.id])
            let queued = try await stores.list(.queued).first { $0.id == dead.id }
            #expect(queued?.attempts == 0)
            #expect(queued?.dueAt == later)
            #expect(try await stores.claim(at: later).contains { $0.lease.outboxID == dead.id })
        }
    }

    @Test("a queued row becomes due at once", arguments: StoreBackend.all)
    func retryQueued(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let mail = try #require(try await stores.claim().first)
            let far = start + .seconds(600)
            #expect(try await stores.settle(mail, as: .retry(dueAt: far, reply: "451", countsAttempt: true)))
            let id = mail.lease.outboxID
            #expect(try await stores.outbox.retry(ids: [id], now: start + .seconds(1), deadline: soon) == [id])
            #expect(try await stores.claim(at: start + .seconds(1)).count == 1)
        }
    }

    @Test("queued and dead rows are dropped, sent ones are not", arguments: StoreBackend.all)
    func drop(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await makeThree(stores)
            let open = try await stores.list(nil).map(\.id)
            let sent = try await stores.list(.sent).map(\.id)
            let dropped = try await stores.outbox.drop(
                ids: open + sent + [9_999],
                earlierCodesLive: .seconds(3600),
                now: start,
                deadline: soon
            )
            #expect(Set(dropped) == Set(open))
            #expect(try await stores.list(nil).isEmpty)
            #expect(try await stores.list(.sent).map(\.id) == sent)
        }
    }

    @Test("mail that was dropped while it was being sent can not be settled", arguments: StoreBackend.all)
    func dropWhileLeased(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            let mail = try #require(try await stores.claim().first)
            #expect(
                try await stores.outbox.drop(
                    ids: [mail.lease.outboxID],
                    earlierCodesLive: .seconds(3600),
                    now: start,
                    deadline: soon
                ).count == 1
            )
            #expect(try await stores.settle(mail, as: .dead(reply: "550", earlierCodesLive: .seconds(3600))) == false)
        }
    }

    @Test("the clock tells when a row falls due or a lease ends", arguments: StoreBackend.all)
    func nextDue(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            #expect(try await stores.outbox.nextDue(deadline: soon) == nil)
            try await stores.join(at: start + .seconds(50))
            #expect(try await stores.outbox.nextDue(deadline: soon) == start + .seconds(50))
            let time = start + .seconds(60)
            let mail = try #require(try await stores.claim(lease: .seconds(180), at: time).first)
            #expect(try await stores.outbox.nextDue(deadline: soon) == time + .seconds(180))
            try await stores.join("noor@example.org", nickname: "Noor", at: time + .seconds(10))
            #expect(try await stores.outbox.nextDue(deadline: soon) == time + .seconds(10))
            _ = try await stores.claim(lease: .seconds(500), at: time + .seconds(10))
            #expect(try await stores.settle(mail, as: .dead(reply: "550", earlierCodesLive: .seconds(3600))))
            #expect(try await stores.outbox.nextDue(deadline: soon) == time + .seconds(510))
        }
    }

    @Test("what a pipe still waits for is counted among its own signups", arguments: StoreBackend.all)
    func countDue(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            let first = try await stores.join()
            let second = try await stores.join("noor@example.org", nickname: "Noor", at: start + .seconds(30))
            try await stores.join("other@example.org", nickname: "Other")
            func count(at time: Timestamp) async throws -> Int {
                try await stores.outbox.countDue(of: [first.id, second.id], now: time, deadline: soon)
            }
            #expect(try await count(at: start) == 1)
            #expect(try await count(at: start + .seconds(30)) == 2)
            _ = try await stores.claim(at: start + .seconds(30))
            #expect(try await count(at: start + .seconds(30)) == 2)
            #expect(try await stores.outbox.countDue(of: [], now: start, deadline: soon) == 0)
        }
    }
}
