// Two people, one address: a stranger signs someone's address up, before or after its owner does, and waits for the owner to
// finish what the stranger began.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("somebody else signs up your address")
struct PreHijackingTests {
    /// The owner's and the stranger's signups of one address, and the codes that its mailbox got.
    private struct Pair {
        let house: House
        let owner: String
        let stranger: String
        let ownerCode: String
        let strangerCode: String

        static let email = "mira@example.org"

        init(_ kind: HouseKind, strangerFirst: Bool, _ settings: [String: String] = [:]) async throws {
            house = try await House(kind, ["SIGNUPD_RESEND_AFTER_SECONDS": "0"].merging(settings) { $1 })
            var ids: [String: String] = [:]
            var codes: [String: String] = [:]
            for name in strangerFirst ? ["Stranger", "Mira"] : ["Mira", "Stranger"] {
                let params = signupParams(Self.email, nickname: name, password: "seven quiet lamps of \(name)")
                ids[name] = try house.client.call(1, "signup", params).signupID
                codes[name] = try await house.code(to: Self.email, besides: Set(codes.values))
            }
            owner = try #require(ids["Mira"])
            stranger = try #require(ids["Stranger"])
            ownerCode = try #require(codes["Mira"])
            strangerCode = try #require(codes["Stranger"])
        }

        func verify(_ params: [String: Any]) throws -> [String: any Sendable] {
            try house.client.call(2, "verify", params)
        }

        /// The one member there is: nickname, and whose signup its password hash is.
        func member() throws -> [String] {
            try house.rows(
                """
                SELECT members.nickname, signups.nickname FROM members
                JOIN signups ON signups.password_hash = members.password_hash
                """
            )
        }
    }

    private struct Attack: CustomTestStringConvertible {
        let kind: HouseKind
        let strangerFirst: Bool

        static let all = HouseKind.allCases.flatMap { kind in
            [true, false].map { Attack(kind: kind, strangerFirst: $0) }
        }

        var testDescription: String { "\(kind.rawValue), \(strangerFirst ? "before" : "after") the owner" }
    }

    @Test(
        "with signup_id no other signup's code is taken, and the member has the owner's name and password",
        arguments: Attack.all
    )
    private func bySignupID(_ attack: Attack) async throws {
        let pair = try await Pair(attack.kind, strangerFirst: attack.strangerFirst)
        let crossed: [[String: Any]] = [
            ["signup_id": pair.owner, "code": pair.strangerCode],
            ["signup_id": pair.owner, "email": Pair.email, "code": pair.strangerCode],
            ["signup_id": pair.stranger, "code": pair.ownerCode],
        ]
        for params in crossed { #expect(try pair.verify(params).reason == "CODE_INCORRECT_OR_EXPIRED") }
        #expect(try pair.house.rows("SELECT count(*) FROM members") == ["0"])
        let member = try pair.verify(["signup_id": pair.owner, "email": Pair.email, "code": pair.ownerCode])
        #expect(member.result?["nickname"] as? String == "Mira")
        #expect(try pair.member() == ["Mira\tMira"])
        // Too late, and still nobody's password but the owner's.
        #expect(try pair.verify(["signup_id": pair.stranger, "code": pair.strangerCode]).reason == "EMAIL_TAKEN")
        #expect(try pair.member() == ["Mira\tMira"])
    }

    @Test("by e-mail alone the owner's code makes the owner's member, whoever signed up last", arguments: Attack.all)
    private func byEmail(_ attack: Attack) async throws {
        let pair = try await Pair(attack.kind, strangerFirst: attack.strangerFirst)
        let member = try pair.verify(["email": Pair.email, "code": pair.ownerCode])
        #expect(member.signupID == pair.owner)
        #expect(try pair.member() == ["Mira\tMira"])
    }

    @Test(
        "by e-mail alone the owner can type the stranger's code: what SIGNUPD_VERIFY_BY closes",
        arguments: Attack.all
    )
    private func wrongCodeTyped(_ attack: Attack) async throws {
        let open = try await Pair(attack.kind, strangerFirst: attack.strangerFirst)
        #expect(try open.verify(["email": Pair.email, "code": open.strangerCode]).signupID == open.stranger)
        #expect(try open.member() == ["Stranger\tStranger"])

        let settings = ["SIGNUPD_VERIFY_BY": "signup_id"]
        let closed = try await Pair(attack.kind, strangerFirst: attack.strangerFirst, settings)
        for code in [closed.strangerCode, closed.ownerCode, "no code"] {
            let refused = try closed.verify(["email": Pair.email, "code": code])
            #expect(refused.reason == "MISSING_FIELD" && refused.field == "signup_id")
            #expect((refused.errorData?["hint"] as? String)?.contains("SIGNUPD_VERIFY_BY") == true)
        }
        let resend = try closed.house.client.call(3, "resend", ["email": Pair.email])
        #expect(resend.reason == "MISSING_FIELD" && resend.field == "signup_id")
        #expect(try closed.house.client.call(4, "resend", ["signup_id": closed.owner]).result != nil)
        let crossed = ["signup_id": closed.owner, "email": Pair.email, "code": closed.strangerCode]
        #expect(try closed.verify(crossed).reason == "CODE_INCORRECT_OR_EXPIRED")
        #expect(try closed.verify(["signup_id": closed.owner, "code": closed.ownerCode]).signupID == closed.owner)
        #expect(try closed.member() == ["Mira\tMira"])
    }

    @Test(
        "a stranger without the mailbox gets five guesses, and the owner's code stays good",
        arguments: HouseKind.allCases
    )
    func guessing(_ kind: HouseKind) async throws {
        let pair = try await Pair(kind, strangerFirst: true)
        for left in [4, 3, 2, 1, 0] {
            let guess = try pair.verify(["signup_id": pair.stranger, "code": "222222"])
            #expect(guess.errorData?["attempts_left"] as? Int == left)
        }
        #expect(try pair.verify(["signup_id": pair.stranger, "code": pair.strangerCode]).reason == "TOO_MANY_ATTEMPTS")
        #expect(try pair.verify(["signup_id": pair.owner, "code": pair.ownerCode]).result != nil)
    }
}
