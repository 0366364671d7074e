// Owed mail: leases, settlements, resends and what operators do, as the ports promise them.

import Signup
import Testing

@testable import MariaDBStore

@Suite("MariaDB: the outbox")
struct MailTests {
    let fixture: Fixture
    var store: MariaDBStore { fixture.store }

    init() throws {
        fixture = try Fixture()
    }

    @Test("a claimed mail tells the courier all it needs, and is nobody else's until its lease ends")
    func claim() async throws {
        let signup = try await store.recordNew("Mira@Example.org")
        let mail = try #require(try await store.claimAll().first)
        #expect(mail.signupID == signup.id)
        #expect(mail.recipient == "Mira@Example.org")
        #expect(mail.issue == 1)
        #expect(mail.attempts == 1)
        #expect(mail.locale == "de")
        #expect(mail.keyID == (try store.firstKeyID))
        #expect(mail.createdAt == start)
        #expect(try await store.claimAll().isEmpty)
        #expect(try await store.nextDue(deadline: .soon) == start + .seconds(180))
        #expect(try await store.countDue(of: [signup.id], now: start, deadline: .soon) == 1)
        let again = try #require(try await store.claimAll(at: start + .seconds(180)).first)
        #expect(again.attempts == 2)
        #expect(
            try await store.settle(
                mail.lease,
                as: .dead(reply: "late", earlierCodesLive: .seconds(3600)),
                now: start,
                deadline: .soon
            ) == false
        )
        #expect(try await store.confirm(mail.lease) == false)
        #expect(try await store.list(state: nil, limit: 10, deadline: .soon).map(\.state) == [.queued])
    }

    @Test("the oldest due mail is claimed first, and no more than asked for")
    func order() async throws {
        let late = try await store.recordNew("late@example.org", at: start + .seconds(2))
        let early = try await store.recordNew("early@example.org", at: start)
        try await store.recordNew("future@example.org", at: start + .seconds(60))
        let now = start + .seconds(10)
        #expect(try await store.claimAll(at: now, limit: 1).map(\.signupID) == [early.id])
        #expect(try await store.claimAll(at: now).map(\.signupID) == [late.id])
    }

    @Test("claims go on where the last one ended, and a row that came late with an early date is not forgotten")
    func claimInPlace() async throws {
        let later = start + .seconds(60)
        for name in ["a", "b", "c"] { try await store.recordNew("\(name)@example.org", at: start + .seconds(10)) }
        #expect(try await store.claimAll(at: later, limit: 1).map(\.recipient) == ["a@example.org"])
        try await store.recordNew("early@example.org")
        var recipients: [String] = []
        for _ in 0..<3 { recipients += try await store.claimAll(at: later, limit: 1).map(\.recipient) }
        #expect(Set(recipients) == ["b@example.org", "c@example.org", "early@example.org"])
        #expect(try await store.claimAll(at: later, limit: 1).isEmpty)
    }

    @Test("couriers that claim at once never get the same mail")
    func claimAtOnce() async throws {
        for number in 0..<100 { try await store.recordNew("p\(number)@example.org") }
        let stores = [store, fixture.anotherStore()]
        let claimed = try await withThrowingTaskGroup(of: [OwedMail].self) { group in
            for number in 0..<40 { group.addTask { try await stores[number % 2].claimAll(limit: 3) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 100)
        #expect(Set(claimed.map(\.lease.outboxID)).count == 100)
        stores[1].shutDown()
    }

    @Test("a claim remembers the first key, and its lease is confirmed while it lasts")
    func confirm() async throws {
        try await store.recordNew("a@example.org")
        let mail = try #require(try await store.claimAll().first)
        #expect(try await store.confirm(mail.lease))
        #expect(try await !store.confirm(mail.lease, now: start + .seconds(180)))
        let forged = LeaseReference(outboxID: mail.lease.outboxID, token: mail.lease.token &+ 1)
        #expect(try await !store.confirm(forged))
        let both = try await store.confirm([forged, mail.lease], now: start, deadline: .soon)
        #expect(both == [mail.lease])
        let other = try #require(KeyID("fedcba9876543210"))
        let again = try #require(try await store.claimAll(at: start + .seconds(200), keyID: other).first)
        #expect(again.keyID == (try store.firstKeyID))
    }

    @Test("a sent mail ends the debt: its codes' expiry is the signup's, and it settles once")
    func sent() async throws {
        let signup = try await store.recordNew("a@example.org")
        let mail = try #require(try await store.claimAll().first)
        let expiry = start + .seconds(3600)
        let settlement = Settlement.sent(reply: "250 ok", codeExpiresAt: expiry)
        #expect(try await store.settle(mail.lease, as: settlement, now: start, deadline: .soon))
        #expect(try await !store.settle(mail.lease, as: settlement, now: start, deadline: .soon))
        #expect(try await store.signup(signup.id, deadline: .soon)?.expiresAt == expiry)
        let entry = try #require(try await store.list(state: .sent, limit: 1, deadline: .soon).first)
        #expect(entry.sentAt == start)
        #expect(entry.lastReply == "250 ok")
        #expect(try await store.nextDue(deadline: .soon) == nil)
    }

    @Test("a retry comes back when due, with or without the attempt counted")
    func retry() async throws {
        try await store.recordNew("a@example.org")
        let later = start + .seconds(5)
        for (counts, attempts) in [(true, 1), (false, 2), (true, 2)] {
            let now = try #require(try await store.nextDue(deadline: .soon))
            let mail = try #require(try await store.claimAll(at: now).first)
            #expect(mail.attempts == attempts)
            let settlement = Settlement.retry(dueAt: later, reply: "451 later", countsAttempt: counts)
            #expect(try await store.settle(mail.lease, as: settlement, now: now, deadline: .soon))
            #expect(try await store.nextDue(deadline: .soon) == later)
        }
    }

    @Test("a release gives mail and attempt back, but only under its own token")
    func release() async throws {
        try await store.recordNew("a@example.org")
        let mail = try #require(try await store.claimAll().first)
        let forged = LeaseReference(outboxID: mail.lease.outboxID, token: mail.lease.token ^ 1)
        try await store.release([forged], now: start, deadline: .soon)
        #expect(try await store.claimAll().isEmpty)
        try await store.release([mail.lease], now: start, deadline: .soon)
        #expect(try await store.claimAll().first?.attempts == 1)
    }

    @Test("a mail whose secret is gone dies, and the signup's next issue is owed")
    func reissue() async throws {
        let signup = try await store.recordNew("Mira@Example.org")
        let mail = try #require(try await store.claimAll().first)
        #expect(try await store.settle(mail.lease, as: .reissued(reply: "new secret"), now: start, deadline: .soon))
        let next = try #require(try await store.claimAll().first)
        #expect(next.issue == 2)
        #expect(next.signupID == signup.id)
        #expect(next.recipient == "Mira@Example.org")
        #expect(try await store.list(state: .dead, limit: 10, deadline: .soon).map(\.issue) == [1])
        #expect(try await store.signup(signup.id, deadline: .soon)?.expiresAt == nil)
    }

    @Test("a resend owes the next issue and keeps the signup live, whatever earlier mail becomes of")
    func resend() async throws {
        let signup = try await store.recordNew("a@example.org")
        let first = try #require(try await store.claimAll().first)
        let order = ResendOrder(signupID: signup.id, now: start, idempotency: nil, dailyCap: nil)
        #expect(try await store.resend(order, deadline: .soon) == .owed(issue: 2))
        let sent = Settlement.sent(reply: "ok", codeExpiresAt: start + .seconds(3600))
        #expect(try await store.settle(first.lease, as: sent, now: start, deadline: .soon))
        #expect(try await store.signup(signup.id, deadline: .soon)?.expiresAt == nil)
        let second = try #require(try await store.claimAll().first)
        #expect(second.issue == 2)
        #expect(try await store.settle(second.lease, as: sent, now: start, deadline: .soon))
        #expect(try await store.signup(signup.id, deadline: .soon)?.expiresAt == start + .seconds(3600))
        _ = try await store.activate(signup.id)
        #expect(try await store.resend(order, deadline: .soon) == .noPendingSignup)
    }

    @Test("a resend's key replays its issue, even after the signup was verified")
    func resendReplay() async throws {
        let signup = try await store.recordNew("a@example.org")
        let key = Idempotency(key: [UInt8](repeating: 5, count: 32), fingerprint: [UInt8](repeating: 6, count: 32))
        let order = ResendOrder(signupID: signup.id, now: start, idempotency: key, dailyCap: nil)
        let outcomes = try await withThrowingTaskGroup(of: ResendOutcome.self) { group in
            for _ in 0..<8 { group.addTask { try await store.resend(order, deadline: .soon) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .owed(issue: 2) } == 1)
        let replay = ResendOutcome.replayed(RecordedResend(signupID: signup.id, issue: 2, fingerprint: key.fingerprint))
        #expect(outcomes.count { $0 == replay } == 7)
        _ = try await store.activate(signup.id)
        #expect(try await store.resend(order, deadline: .soon) == replay)
    }

    @Test("a daily cap holds when many come at once, says how long to wait, and opens again")
    func dailyCap() async throws {
        let cap = DailyCap(subject: "a@example.org", maximum: 3, window: .seconds(100))
        let signups = try (0..<12).map { try makeSignup("a@example.org", nickname: "n\($0)", cap: cap) }
        let outcomes = try await withThrowingTaskGroup(of: RecordOutcome.self) { group in
            for signup in signups { group.addTask { try await store.record(signup, deadline: .soon) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .recorded } == 3)
        #expect(outcomes.count { $0 == .dailyCapReached(retryAfter: .seconds(100)) } == 9)
        #expect(try await store.backlog(deadline: .soon).queued == 3)
        let mail = try #require(try await store.claimAll(limit: 1).first)
        let early = ResendOrder(signupID: mail.signupID, now: start + .seconds(99), idempotency: nil, dailyCap: cap)
        #expect(try await store.resend(early, deadline: .soon) == .dailyCapReached(retryAfter: .seconds(1)))
        let inTime = ResendOrder(signupID: mail.signupID, now: start + .seconds(100), idempotency: nil, dailyCap: cap)
        #expect(try await store.resend(inTime, deadline: .soon) == .owed(issue: 2))
        #expect(try fixture.sql("SELECT mails FROM limits") == "1")
    }

    @Test("an operator queues dead mail again and drops what is not wanted")
    func operate() async throws {
        for name in ["a", "b", "c"] { try await store.recordNew("\(name)@example.org") }
        let mails = try await store.claimAll()
        for mail in mails.prefix(2) {
            _ = try await store.settle(
                mail.lease,
                as: .dead(reply: "550", earlierCodesLive: .seconds(3600)),
                now: start,
                deadline: .soon
            )
        }
        #expect(try await store.backlog(deadline: .soon) == OutboxBacklog(queued: 1, dead: 2, oldestQueuedAt: start))
        let ids = mails.map(\.lease.outboxID)
        // The third is being sent.
        let now = start + .seconds(30)
        #expect(try await store.retry(ids: [ids[0], ids[2], 999], now: now, deadline: .soon) == [ids[0]])
        let retried = try await store.claimAll(at: now)
        #expect(retried.map(\.lease.outboxID) == [ids[0]])
        #expect(retried.first?.attempts == 1)
        #expect(
            try await store.drop(
                ids: [ids[1], ids[2], 999],
                earlierCodesLive: .seconds(3600),
                now: start,
                deadline: .soon
            ) == [ids[1], ids[2]]
        )
        #expect(try await store.list(state: nil, limit: 10, deadline: .soon).map(\.id) == [ids[0]])
        #expect(try await store.drop(ids: [], earlierCodesLive: .seconds(3600), now: start, deadline: .soon).isEmpty)
        #expect(try fixture.sql("SELECT COUNT(*) FROM signups WHERE expires_at IS NULL") == "1")
    }

    @Test("a purge takes what nobody waits for, in batches, and leaves what is owed")
    func purge() async throws {
        let waiting = try await store.recordNew("waiting@example.org", nickname: "waiting", key: 1)
        for number in 0..<5 { try await store.recordNew("p\(number)@example.org", at: start + .seconds(1)) }
        for mail in try await store.claimAll(at: start + .seconds(1)) where mail.signupID != waiting.id {
            let sent = Settlement.sent(reply: "ok", codeExpiresAt: start + .seconds(3600))
            _ = try await store.settle(mail.lease, as: sent, now: start, deadline: .soon)
        }
        let day = Duration.seconds(86_400)
        let small = Retention(batchSize: 2)
        #expect(try await store.purge(small, now: start + .seconds(10), deadline: .soon) == 0)
        // The idempotency key goes after a day, the sent mail after three.
        #expect(try await store.purge(small, now: start + day, deadline: .soon) == 1)
        #expect(try await store.signup(waiting.id, deadline: .soon)?.fingerprint == nil)
        #expect(try await store.purge(small, now: start + day * 3, deadline: .soon) == 2)
        // Now signups too: two and two, then one and one, then nothing.
        var counts: [Int] = []
        repeat {
            counts.append(try await store.purge(small, now: start + day * 8, deadline: .soon))
        } while counts.last != 0
        #expect(counts == [4, 3, 1, 0])
        #expect(try await store.signup(waiting.id, deadline: .soon) != nil)
        #expect(try await store.backlog(deadline: .soon).queued == 1)
    }

    @Test("a purge takes verified signups too, and the member still answers for them; a dead letter keeps its signup")
    func purgeVerified() async throws {
        let signup = try await store.recordNew("member@example.org")
        let undelivered = try await store.recordNew("dead@example.org")
        for mail in try await store.claimAll() {
            let isDead = mail.signupID == undelivered.id
            let settlement: Settlement =
                isDead
                ? .dead(reply: "550", earlierCodesLive: .seconds(3600))
                : .sent(reply: "ok", codeExpiresAt: start + .seconds(3600))
            _ = try await store.settle(mail.lease, as: settlement, now: start, deadline: .soon)
        }
        let member = try await store.activate(signup.id)
        let later = start + .seconds(8 * 86_400)
        while try await store.purge(Retention(), now: later, deadline: .soon) > 0 {}
        #expect(try await store.signup(signup.id, deadline: .soon) == nil)
        #expect(try await store.activate(signup.id) == member)
        #expect(try await store.standing(of: .id(signup.id), deadline: .soon).state == .active)
        #expect(try await store.signup(undelivered.id, deadline: .soon) != nil)
        let dead = try #require(try await store.list(state: .dead, limit: 1, deadline: .soon).first?.id)
        #expect(try await store.retry(ids: [dead], now: later, deadline: .soon) == [dead])
        #expect(try await store.claimAll(at: later).count == 1)
    }
}
