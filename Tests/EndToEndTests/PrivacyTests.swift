// Privacy mode: whoever asks about an address learns nothing of whether it is a member's. Only its owner does, by mail.

import Foundation
import Signup
import TestProgram
import TestServers
import Testing

@Suite("privacy mode")
struct PrivacyTests {
    /// Mails at once, so that a transcript can run into the limit per hour without waiting.
    private static let settings = [
        "SIGNUPD_PRIVACY": "private", "SIGNUPD_RESEND_AFTER_SECONDS": "0", "SIGNUPD_RESEND_PER_HOUR": "3",
    ]

    /// What a reply says to a stranger: its members by name, but for ids, moments and what counts down.
    private static func face(_ reply: [String: any Sendable]) -> [String] {
        func face(_ value: Any, _ path: String) -> [String] {
            switch value {
            case let members as [String: any Sendable]:
                members.sorted { $0.key < $1.key }.flatMap { face($0.value, path + "." + $0.key) }
            default:
                ["signup_id", "sent_at", "resend_after", "retry_after", "last_reply"].contains { path.hasSuffix($0) }
                    ? [path] : ["\(path)=\(value)"]
            }
        }
        return face(reply, "")
    }

    /// Everything a stranger can ask about a signup that they opened for an address, and about the address.
    private func transcript(_ house: House, _ email: String, nickname: String, mails: Int) async throws -> [[String]] {
        var replies: [[String: any Sendable]] = []
        func ask(_ method: String, _ params: [String: Any]) throws -> [String: any Sendable] {
            let reply = try house.client.call(1, method, params)
            replies.append(reply)
            return reply
        }
        let key = ["idempotency_key": "signup of \(email)"]
        let params = signupParams(email, nickname: nickname).merging(["_meta": key]) { $1 }
        let id = try #require(try ask("signup", params).signupID)
        _ = try await house.mails(mails, to: email)
        _ = try await waitFor("settled mail") {
            let mail = try house.client.call(1, "status", ["signup_id": id]).result?["mail"] as? [String: any Sendable]
            return mail?["state"] as? String == "sent" ? true : nil
        }
        #expect(try ask("signup", params).signupID == id)
        _ = try ask("signup", params.merging(["nickname": nickname + "x"]) { $1 })
        _ = try ask("status", ["signup_id": id])
        _ = try ask("status", ["signup_id": id, "email": email])
        _ = try ask("status", ["email": email])
        _ = try ask("signup", signupParams("other.\(email)", nickname: nickname))
        _ = try ask("verify", ["email": email, "code": "222222"])
        for _ in 0..<5 { _ = try ask("verify", ["signup_id": id, "code": "222222"]) }
        let resend: [String: Any] = ["email": email, "_meta": ["idempotency_key": "resend of \(email)"]]
        _ = try ask("resend", resend)
        _ = try ask("resend", resend)
        _ = try ask("resend", resend.merging(["email": "x.\(email)"]) { $1 })
        _ = try ask("resend", ["signup_id": id])
        _ = try ask("resend", ["signup_id": id])
        _ = try ask("resend", ["email": email])
        _ = try ask("signup", signupParams(email, nickname: nickname + "y"))
        return replies.map(Self.face)
    }

    @Test(
        "a stranger who asks everything is told the same of a member's address and of a new one",
        arguments: HouseKind.allCases
    )
    func sameAnswers(_ kind: HouseKind) async throws {
        let house = try await House(kind, Self.settings)
        try await house.makeMember("member@example.org", nickname: "Member")
        let new = try await transcript(house, "newcome@example.org", nickname: "Newcome", mails: 1)
        // The member's own signup was charged too: forget it, as an hour would.
        let other = try await House(kind, Self.settings.merging(["SIGNUPD_RESEND_PER_HOUR": "4"]) { $1 })
        try await other.makeMember("newcome@example.org", nickname: "Member")
        let member = try await transcript(other, "newcome@example.org", nickname: "Newcome", mails: 2)
        #expect(new.count == member.count)
        for (left, right) in zip(new, member) { #expect(left == right) }
        // The script went where it was meant to go.
        let reasons = Set(new.joined().filter { $0.contains(".reason=") })
        for reason in ["IDEMPOTENCY_CONFLICT", "MISSING_FIELD", "NICKNAME_TAKEN", "TOO_MANY_ATTEMPTS", "RATE_LIMITED"] {
            #expect(reasons.contains(".error.data.reason=\(reason)"))
        }
    }

    @Test(
        "the owner is told by mail, without a code and without a word of the stranger's",
        arguments: HouseKind.allCases
    )
    func mailToTheOwner(_ kind: HouseKind) async throws {
        let house = try await House(kind, Self.settings)
        try await house.makeMember("member@example.org", nickname: "Member")
        let stranger = signupParams("Member@Example.org", nickname: "Call 0800 now")
        let id = try #require(try house.client.call(1, "signup", stranger).signupID)
        let mail = try #require(try await house.mails(1, to: "Member@Example.org").first)
        #expect(mail.contains("Subject: You already have an account"))
        #expect(Maildir.code(in: mail) == nil)
        #expect(!mail.contains("0800"))
        // The very code that a mail to this signup would have carried is worth nothing.
        let key = try #require(SigningKey(secret: Array(repeating: 0x5A, count: 32)))
        let code = key.code(for: try #require(SignupID(id)), issue: 1).text
        let verify = try house.client.call(2, "verify", ["signup_id": id, "code": code])
        #expect(verify.reason == "CODE_INCORRECT_OR_EXPIRED")
        #expect(verify.errorData?["attempts_left"] as? Int == 4)
        #expect(try house.rows("SELECT count(*) FROM members") == ["1"])
    }

    @Test("the owner is mailed no more often than any address", arguments: HouseKind.allCases)
    func mailsAreLimited(_ kind: HouseKind) async throws {
        let house = try await House(kind, Self.settings)
        try await house.makeMember("member@example.org", nickname: "Member")
        for number in 0..<4 {
            let params = signupParams(
                "member+\(number)@example.org".replacingOccurrences(of: "+0", with: ""),
                nickname: "N\(number)x"
            )
            let reply = try house.client.call(1, "signup", params)
            #expect(number < 2 ? reply.signupID != nil : reply.reason == "RATE_LIMITED", "\(number): \(reply)")
        }
    }

    @Test(
        "resend for an address nobody signed up with is answered, charged and repeated like any, and mails nobody",
        arguments: HouseKind.allCases
    )
    func resendToNobody(_ kind: HouseKind) async throws {
        let house = try await House(kind, Self.settings)
        func faces(_ email: String) throws -> [[String]] {
            let keyed: [String: Any] = ["email": email, "_meta": ["idempotency_key": "key of \(email)"]]
            let other = keyed.merging(["email": "z.\(email)"]) { $1 }
            return try [keyed, keyed, other, ["email": email], ["email": email]].map { params in
                Self.face(try house.client.call(1, "resend", params))
            }
        }
        // One charge of the hour's three is the signup's own.
        _ = try house.client.call(1, "signup", signupParams("known@example.org", nickname: "Known"))
        try await house.mails(1, to: "known@example.org")
        let known = try faces("known@example.org")
        try await house.mails(3, to: "known@example.org")
        _ = try house.client.call(1, "resend", ["email": "unknown@example.org"])
        let unknown = try faces("unknown@example.org")
        #expect(known == unknown)
        #expect(known.last?.contains(".error.data.reason=RATE_LIMITED") == true)
        try await Task.sleep(for: .milliseconds(300))
        #expect(try house.mails(to: "unknown@example.org").isEmpty)
        #expect(try house.rows("SELECT count(*) FROM outbox WHERE recipient = 'unknown@example.org'") == ["0"])
    }

    @Test(
        "a resend that is asked again later tells the same wait, whether it reached somebody or not",
        arguments: HouseKind.allCases
    )
    func waitOfRepeatedResend(_ kind: HouseKind) async throws {
        let settings = Self.settings.merging(["SIGNUPD_RESEND_AFTER_SECONDS": "2"]) { $1 }
        let house = try await House(kind, settings)
        _ = try house.client.call(1, "signup", signupParams("new@example.org", nickname: "New"))
        try await house.mails(1, to: "new@example.org")
        try await Task.sleep(for: .seconds(2.1))
        func waits() throws -> [Int?] {
            try ["new@example.org", "nobody@example.org"].map { email in
                let params: [String: Any] = ["email": email, "_meta": ["idempotency_key": "key of \(email)"]]
                return try house.client.call(1, "resend", params).result?["resend_after"] as? Int
            }
        }
        #expect(try waits() == [2, 2])
        try await Task.sleep(for: .seconds(2.1))
        #expect(try waits() == [0, 0])
    }

    @Test("status by e-mail alone is refused by name, before anything is looked up", arguments: HouseKind.allCases)
    func statusByEmail(_ kind: HouseKind) async throws {
        let house = try await House(kind, Self.settings)
        for email in ["nobody@example.org", "no address"] {
            let reply = try house.client.call(1, "status", ["email": email])
            #expect(reply.reason == "MISSING_FIELD" && reply.field == "signup_id")
            #expect((reply.errorData?["hint"] as? String)?.contains("SIGNUPD_PRIVACY") == true)
        }
    }

    @Test("an open server, the default, says 409 and tells by e-mail", arguments: HouseKind.allCases)
    func open(_ kind: HouseKind) async throws {
        let house = try await House(kind)
        try await house.makeMember("member@example.org", nickname: "Member")
        let again = try house.client.call(1, "signup", signupParams("member@example.org", nickname: "Other"))
        #expect(again.reason == "EMAIL_TAKEN")
        #expect(
            try house.client.call(2, "status", ["email": "member@example.org"]).result?["state"] as? String == "active"
        )
        #expect(try house.client.call(3, "resend", ["email": "nobody@example.org"]).reason == "NO_PENDING_SIGNUP")
    }
}
