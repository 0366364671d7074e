// Signups and members, as the port promises them, with what only MariaDB could get wrong.

import Foundation
import Signup
import Testing

@testable import MariaDBStore

@Suite("MariaDB: signups and members")
struct AccountTests {
    let fixture: Fixture
    var store: MariaDBStore { fixture.store }

    init() throws {
        fixture = try Fixture()
    }

    @Test("what was recorded is read back whole, to the millisecond")
    func roundTrip() async throws {
        let signup = try makeSignup("Mira@Example.org", nickname: "Míra 🦊 O'Neil", key: 7)
        #expect(try await store.record(signup, deadline: .soon) == .recorded)
        let record = try #require(try await store.signup(signup.id, deadline: .soon))
        #expect(
            record
                == SignupRecord(
                    id: signup.id,
                    email: "mira@example.org",
                    nickname: "Míra 🦊 O'Neil",
                    passwordHash: signup.passwordHash,
                    state: .pending,
                    createdAt: start,
                    expiresAt: nil,
                    fingerprint: [UInt8](repeating: 8, count: 32)
                )
        )
        #expect(try await store.newestPendingSignup(email: "mira@example.org", deadline: .soon) == record)
        #expect(try await store.newestPendingSignup(email: "mira@example.org ", deadline: .soon) == nil)
        #expect(try await store.newestPendingSignup(email: "mïra@example.org", deadline: .soon) == nil)
    }

    @Test("recording the same signup again answers recorded and owes one mail")
    func recordTwice() async throws {
        let signup = try makeSignup("a@example.org", key: 1, cap: DailyCap(subject: "a@example.org", maximum: 5))
        #expect(try await store.record(signup, deadline: .soon) == .recorded)
        #expect(try await store.record(signup, deadline: .soon) == .recorded)
        #expect(try await store.backlog(deadline: .soon).queued == 1)
        #expect(try fixture.sql("SELECT mails FROM limits") == "1")
    }

    @Test("a second signup under the same idempotency key replays the first")
    func replay() async throws {
        let first = try await store.recordNew("a@example.org", key: 1)
        let second = try makeSignup("b@example.org", key: 1)
        guard case .replayed(let record) = try await store.record(second, deadline: .soon) else {
            Issue.record("not replayed")
            return
        }
        #expect(record.id == first.id)
        #expect(try await store.signup(second.id, deadline: .soon) == nil)
        let survey = try await store.survey(
            email: second.email,
            nickname: second.nickname,
            dailyCap: nil,
            idempotencyKey: [UInt8](repeating: 1, count: 32),
            now: start,
            deadline: .soon
        )
        #expect(survey == Survey(replayed: record, emailIsTaken: false, nicknameIsTaken: false))
    }

    @Test("activation makes the member from that signup, and a second one changes nothing")
    func activateTwice() async throws {
        let signup = try await store.recordNew("mira@example.org", nickname: "Mira")
        let later = start + .seconds(60)
        let member = try #require(try await store.activate(signup.id, at: later).member)
        #expect(member.email == "mira@example.org")
        #expect(member.nickname == "Mira")
        #expect(member.verifiedAt == later)
        #expect(try await store.activate(signup.id, at: later + .seconds(5)) == .activated(member))
        #expect(try await store.signup(signup.id, deadline: .soon)?.state == .verified)
        #expect(try fixture.sql("SELECT password_hash FROM members") == signup.passwordHash.phc)
    }

    @Test("an unknown signup, a taken address and a taken nickname are outcomes")
    func losers() async throws {
        let first = try await store.recordNew("a@example.org", nickname: "Mira")
        let sameAddress = try await store.recordNew("a@example.org", nickname: "Nora")
        let sameNickname = try await store.recordNew("b@example.org", nickname: "mira")
        #expect(try await store.activate(SignupID(now: start)) == .unknownSignup)
        _ = try await store.activate(first.id)
        #expect(try await store.activate(sameAddress.id) == .emailTaken)
        #expect(try await store.activate(sameNickname.id) == .nicknameTaken)
        #expect(try await store.activate(sameNickname.id, nickname: Nickname("MIRA")) == .nicknameTaken)
        let member = try await store.activate(sameNickname.id, nickname: Nickname("Nora")).member
        #expect(member?.nickname == "Nora")
        #expect(try await store.signup(sameNickname.id, deadline: .soon)?.nickname == "Nora")
    }

    @Test("a batch with losers, twins and strangers in it gives each its own outcome")
    func mixedBatch() async throws {
        let taken = try await store.recordNew("taken@example.org", nickname: "Taken")
        _ = try await store.activate(taken.id)
        var ids: [SignupID] = []
        for number in 0..<20 { ids.append(try await store.recordNew("p\(number)@example.org").id) }
        let loser = try await store.recordNew("loser@example.org", nickname: "TAKEN").id
        let stranger = SignupID(now: start)
        let outcomes = try await activateAtOnce(ids + [loser, stranger] + ids)
        for id in ids { #expect(outcomes.filter { $0.0 == id }.allSatisfy { $0.1.member?.signupID == id }) }
        #expect(outcomes.first { $0.0 == loser }?.1 == .nicknameTaken)
        #expect(outcomes.first { $0.0 == stranger }?.1 == .unknownSignup)
        #expect(try fixture.sql("SELECT COUNT(*) FROM members") == "21")
    }

    @Test("of many who want one nickname at once, one gets it and nobody an error")
    func nicknameRace() async throws {
        var ids: [SignupID] = []
        for number in 0..<40 {
            ids.append(
                try await store.recordNew("n\(number)@example.org", nickname: number % 2 == 0 ? "Mira" : "mIRA").id
            )
        }
        let other = fixture.anotherStore()
        let outcomes = try await activateAtOnce(ids, on: [store, other])
        #expect(outcomes.count { $0.1.member != nil } == 1)
        #expect(outcomes.count { $0.1 == .nicknameTaken } == 39)
        other.shutDown()
    }

    @Test("of many signups of one address at once, one becomes the member")
    func addressRace() async throws {
        var ids: [SignupID] = []
        for number in 0..<40 { ids.append(try await store.recordNew("a@example.org", nickname: "n\(number)").id) }
        let outcomes = try await activateAtOnce(ids)
        #expect(outcomes.count { $0.1.member != nil } == 1)
        #expect(outcomes.count { $0.1 == .emailTaken } == 39)
    }

    @Test("nicknames that differ by a space, an accent or an emoji are different people's")
    func exactNicknames() async throws {
        let nicknames = ["mira", "mi ra", "míra", "mira🦊", "mira🐺", "o'neil", "o''neil"]
        for (number, nickname) in nicknames.enumerated() {
            let signup = try await store.recordNew("x\(number)@example.org", nickname: nickname)
            #expect(try await store.activate(signup.id).member?.nickname == nickname)
        }
    }

    @Test("a survey sees members, and other addresses' live signups")
    func survey() async throws {
        let member = try await store.recordNew("member@example.org", nickname: "Member")
        _ = try await store.activate(member.id)
        try await store.recordNew("pending@example.org", nickname: "Pending")
        func survey(_ email: String, _ nickname: String, at time: Timestamp = start) async throws -> Survey {
            try await store.survey(
                email: EmailAddress(email),
                nickname: Nickname(nickname),
                dailyCap: nil,
                idempotencyKey: nil,
                now: time,
                deadline: .soon
            )
        }
        #expect(try await survey("member@example.org", "xx").emailIsTaken)
        #expect(try await survey("x@example.org", "MEMBER").nicknameIsTaken)
        #expect(try await survey("x@example.org", "PENDING").nicknameIsTaken)
        #expect(try await !survey("pending@example.org", "Pending").nicknameIsTaken)
        // Sent, its code lives an hour; then the nickname is free.
        let mail = try #require(try await store.claimAll().first { $0.recipient == "pending@example.org" })
        let expiry = start + .seconds(3600)
        _ = try await store.settle(
            mail.lease,
            as: .sent(reply: "ok", codeExpiresAt: expiry),
            now: start,
            deadline: .soon
        )
        #expect(try await survey("x@example.org", "Pending", at: expiry - .milliseconds(1)).nicknameIsTaken)
        #expect(try await !survey("x@example.org", "Pending", at: expiry).nicknameIsTaken)
    }

    @Test("a standing is the member's, else the newest signup's, with its newest mail")
    func standing() async throws {
        let email = "a@example.org"
        #expect(try await store.standing(of: .email(email), deadline: .soon) == .none)
        let old = try await store.recordNew(email, nickname: "old")
        let new = try await store.recordNew(email, nickname: "new", at: start + .seconds(1))
        let mails = try await store.claimAll(at: start + .seconds(1))
        let newest = try #require(mails.first { $0.signupID == new.id })
        _ = try await store.settle(
            newest.lease,
            as: .dead(reply: "550 no", earlierCodesLive: .seconds(3600)),
            now: start,
            deadline: .soon
        )
        let standing = try await store.standing(of: .email(email), deadline: .soon)
        #expect(standing.state == .pending)
        #expect(standing.mail == Standing.Mail(state: .dead, attempts: 1, lastReply: "550 no", sentAt: nil))
        #expect(try await store.standing(of: .id(old.id), deadline: .soon).mail?.state == .queued)
        _ = try await store.activate(old.id)
        #expect(try await store.standing(of: .email(email), deadline: .soon).state == .active)
        #expect(try await store.standing(of: .id(old.id), deadline: .soon).state == .active)
        #expect(try await store.standing(of: .id(new.id), deadline: .soon).state == .pending)
    }

    @Test("the view shows members, and the newest live signup of everybody else")
    func accountsView() async throws {
        let now = Timestamp(millisecondsSince1970: Int64(Date().timeIntervalSince1970 * 1000))
        let member = try await store.recordNew("m@example.org", nickname: "Member", at: now)
        _ = try await store.activate(member.id, at: now)
        try await store.recordNew("m@example.org", nickname: "again", at: now)
        try await store.recordNew("p@example.org", nickname: "older", at: now)
        try await store.recordNew("p@example.org", nickname: "newer", at: now + .seconds(1))
        let rows = try fixture.sql("SELECT email, nickname, is_active FROM accounts ORDER BY email")
        #expect(rows == "m@example.org\tMember\t1\np@example.org\tnewer\t0")
    }

    /// All in one go, so that they share batches.
    private func activateAtOnce(
        _ ids: [SignupID],
        on stores: [MariaDBStore]? = nil
    ) async throws -> [(SignupID, ActivationOutcome)] {
        let stores = stores ?? [store]
        return try await withThrowingTaskGroup(of: (SignupID, ActivationOutcome).self) { group in
            for (number, id) in ids.enumerated() {
                group.addTask { (id, try await stores[number % stores.count].activate(id)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
