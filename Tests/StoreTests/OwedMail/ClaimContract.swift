import Signup
import Testing

@Suite("Claiming owed mail")
struct ClaimContract {
    @Test("two couriers claim two hundred rows, and none of them twice", arguments: StoreBackend.all)
    func noRowTwice(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            _ = try await concurrently(0..<200) { number in
                try await first.join("mira\(number)@example.org", nickname: "Mira \(number)")
            }
            let claimed = try await concurrently(0..<4) { courier in
                let stores = courier.isMultiple(of: 2) ? first : second
                var mails: [OwedMail] = []
                while true {
                    let batch = try await stores.claim(7)
                    if batch.isEmpty { return mails }
                    mails += batch
                }
            }
            let rows = claimed.flatMap { $0 }.map(\.lease.outboxID)
            // A courier may find only rows that another holds and stop early; whatever is left is claimed now.
            let rest = try await first.claim(200).map(\.lease.outboxID)
            #expect(rows.count + rest.count == 200)
            #expect(Set(rows + rest).count == 200)
        }
    }

    @Test("the oldest due come first, and no more than asked for", arguments: StoreBackend.all)
    func oldestFirst(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for seconds in [3, 1, 2] {
                try await stores.join(
                    "mira\(seconds)@example.org",
                    nickname: "Mira \(seconds)",
                    at: start + .seconds(seconds)
                )
            }
            let two = try await stores.claim(2, at: start + .seconds(5))
            #expect(two.map(\.recipient) == ["mira1@example.org", "mira2@example.org"])
        }
    }

    @Test("what is not due yet is left alone", arguments: StoreBackend.all)
    func notYetDue(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join(at: start + .seconds(10))
            #expect(try await stores.claim(at: start + .seconds(9)).isEmpty)
            #expect(try await stores.claim(at: start + .seconds(10)).count == 1)
        }
    }

    @Test("a live lease is skipped; when it has run out, the row is claimed again", arguments: StoreBackend.all)
    func leaseRunsOut(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            try await first.join()
            let old = try #require(try await first.claim(lease: .seconds(60)).first)
            #expect(old.attempts == 1)
            #expect(try await second.claim(at: start + .seconds(59)).isEmpty)
            let new = try #require(try await second.claim(at: start + .seconds(61)).first)
            #expect(new.attempts == 2)
            #expect(new.lease.outboxID == old.lease.outboxID)
            #expect(new.lease.token != old.lease.token)

            let late = start + .seconds(62)
            let sent = Settlement.sent(reply: "250 late", codeExpiresAt: late)
            #expect(try await first.settle(old, as: sent, at: late) == false)
            #expect(
                try await first.settle(old, as: .dead(reply: "late", earlierCodesLive: .seconds(3600)), at: late)
                    == false
            )
            #expect(try await first.outbox.confirm([old.lease], now: late, deadline: soon).isEmpty)
            #expect(try await second.outbox.confirm([old.lease, new.lease], now: late, deadline: soon) == [new.lease])
            #expect(try await second.list(.queued).first?.lastReply == nil)
            #expect(try await second.settle(new, as: sent, at: late))
        }
    }

    @Test("a claim remembers the first secret, whatever signs at the next one", arguments: StoreBackend.all)
    func claimRemembersKey(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            try await stores.join()
            #expect(try await stores.claim(lease: .seconds(60)).first?.keyID == key.id)
            let other = try #require(KeyID("0123456789abcdef"))
            let again = try #require(try await stores.claim(keyID: other, at: start + .seconds(60)).first)
            #expect(again.keyID == key.id)
        }
    }

    @Test("of many leases those are confirmed that are ours and go on long enough", arguments: StoreBackend.all)
    func confirm(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for number in 0..<140 { try await stores.join("p\(number)@example.org", nickname: "Person \(number)") }
            let leases = try await stores.claim(140, lease: .seconds(60)).map(\.lease)
            let forged = LeaseReference(outboxID: leases[0].outboxID, token: leases[0].token &+ 1)
            let asked = Array(leases.dropFirst()) + [forged]
            let ours = try await stores.outbox.confirm(asked, now: start + .seconds(59), deadline: soon)
            #expect(ours == Set(leases.dropFirst()))
            // Close together with others between them, and far apart.
            for step in [2, 3, 40] {
                let some = Set(stride(from: 1, to: leases.count, by: step).map { leases[$0] })
                let found = try await stores.outbox.confirm(some + [forged], now: start + .seconds(59), deadline: soon)
                #expect(found == some)
            }
            #expect(try await stores.outbox.confirm(leases, now: start + .seconds(60), deadline: soon).isEmpty)
            #expect(try await stores.outbox.confirm([], now: start, deadline: soon).isEmpty)
        }
    }

    @Test("a lease given back returns the attempt, and others may claim at once", arguments: StoreBackend.all)
    func release(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            try await first.join()
            let mail = try #require(try await first.claim().first)
            try await first.outbox.release([mail.lease], now: start, deadline: soon)
            let again = try #require(try await second.claim().first)
            #expect(again.attempts == 1)
            // Released once more with the old token, the new courier's lease stands.
            try await first.outbox.release([mail.lease], now: start, deadline: soon)
            #expect(try await first.claim().isEmpty)
        }
    }

    @Test(
        "no more mails leave in an hour than the cap allows; the rest waits and is not lost",
        arguments: StoreBackend.all
    )
    func hourlyCap(_ backend: StoreBackend) async throws {
        try await backend.withStores { stores in
            for number in 0..<5 { try await stores.join("p\(number)@example.org", nickname: "Person \(number)") }
            func sent(_ mails: [OwedMail], at time: Timestamp) async throws {
                for mail in mails {
                    let settlement = Settlement.sent(reply: "250 ok", codeExpiresAt: time + .seconds(3600))
                    #expect(try await stores.settle(mail, as: settlement, at: time))
                }
            }
            let first = try await stores.claim(2, mailsPerHour: 3)
            #expect(first.count == 2)
            // What is being sent counts as well as what was.
            let second = try await stores.claim(mailsPerHour: 3, at: start + .seconds(1))
            #expect(second.count == 1)
            try await sent(first, at: start + .seconds(10))
            try await sent(second, at: start + .seconds(20))
            #expect(try await stores.claim(mailsPerHour: 3, at: start + .seconds(3609)).isEmpty)
            #expect(try await stores.list(.queued).count == 2)
            // An hour after the first two left there is room for two, whatever a failed attempt took in between.
            let third = try await stores.claim(1, mailsPerHour: 3, at: start + .seconds(3610))
            #expect(third.count == 1)
            let later = start + .seconds(3611)
            for mail in third {
                #expect(
                    try await stores.settle(
                        mail,
                        as: .retry(dueAt: later, reply: "450", countsAttempt: true),
                        at: later
                    )
                )
            }
            #expect(try await stores.claim(mailsPerHour: 3, at: later).count == 2)
            #expect(try await stores.claim(mailsPerHour: 3, at: later).isEmpty)
        }
    }

    @Test("the cap holds over couriers of several processes that claim at once", arguments: StoreBackend.all)
    func hourlyCapOfMany(_ backend: StoreBackend) async throws {
        try await backend.withTwoHandles { first, second in
            for number in 0..<40 { try await first.join("p\(number)@example.org", nickname: "Person \(number)") }
            let counts = try await concurrently(0..<16) { number in
                try await (number.isMultiple(of: 2) ? first : second).claim(4, mailsPerHour: 25).count
            }
            #expect(counts.reduce(0, +) == 25)
        }
    }
}
