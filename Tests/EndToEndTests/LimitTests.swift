// The limits of docs/limits.md on the built program: what people run into, and that the wait they are told is true.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("limits")
struct LimitTests {
    @Test(
        "mails to one address: a pause, then so many an hour, whatever its case and its tag, and retry_after is the truth",
        arguments: HouseKind.allCases
    )
    func mailsToOneAddress(_ kind: HouseKind) async throws {
        let house = try await House(kind, ["SIGNUPD_RESEND_AFTER_SECONDS": "2", "SIGNUPD_RESEND_PER_HOUR": "2"])
        func signup(_ email: String, _ nickname: String) throws -> [String: any Sendable] {
            try house.client.call(1, "signup", signupParams(email, nickname: nickname))
        }
        #expect(try signup("mira@example.org", "Mira").result != nil)
        let spellings = ["mira@example.org", "MIRA@example.org", "mira+shop@example.org", "Mira+a+b@Example.org"]
        for (number, email) in spellings.enumerated() {
            let refused = try signup(email, "Mira \(number)")
            #expect(refused.reason == "RATE_LIMITED")
            #expect((1...2).contains(refused.retryAfter ?? 0))
        }
        #expect(try house.client.call(2, "resend", ["email": "mira@example.org"]).reason == "RATE_LIMITED")
        // Tags make other people of it all the same, and dots too.
        #expect(try signup("m.ira@example.org", "Dotted").result != nil)
        let wait = try signup("mira+shop@example.org", "Shopper").retryAfter ?? 60
        try await Task.sleep(for: .seconds(wait))
        #expect(try signup("mira+shop@example.org", "Shopper").result != nil)
        try await Task.sleep(for: .seconds(2))
        let hourly = try signup("mira@example.org", "Late")
        #expect(hourly.reason == "RATE_LIMITED")
        #expect((3590...3600).contains(hourly.retryAfter ?? 0))
        try await house.mails(1, to: "mira@example.org")
        try await house.mails(1, to: "mira+shop@example.org")
    }

    @Test("the tries of a code and the length of the shortest password are what the settings say")
    func triesAndLength() async throws {
        let house = try await House(
            .embedded,
            ["SIGNUPD_CODE_TRIES": "2", "SIGNUPD_PASSWORD_MIN_LENGTH": "20"]
        )
        func signup(_ password: String) throws -> [String: any Sendable] {
            try house.client.call(1, "signup", signupParams("mira@example.org", nickname: "Mira", password: password))
        }
        #expect(try signup("violet-Kettle 41 ha").reason == "INVALID_PASSWORD")
        let id = try #require(try signup("violet-Kettle 41 har").signupID)
        let code = try await house.code(to: "mira@example.org")
        let wrong = code == "222222" ? "333333" : "222222"
        for _ in 1...2 { _ = try house.client.call(2, "verify", ["signup_id": id, "code": wrong]) }
        let late = try house.client.call(3, "verify", ["signup_id": id, "code": code])
        #expect(late.reason == "TOO_MANY_ATTEMPTS")
    }

    @Test("a request that owes no mail is charged nothing", arguments: HouseKind.allCases)
    func nothingOwed(_ kind: HouseKind) async throws {
        let house = try await House(kind)
        try await house.makeMember("member@example.org", nickname: "Member")
        let client = house.client
        let refusals: [(params: [String: Any], reason: String)] = [
            (signupParams("new@example.org", nickname: "member"), "NICKNAME_TAKEN"),
            (signupParams("member@example.org", nickname: "New"), "EMAIL_TAKEN"),
            (signupParams("new@example.org", nickname: "x"), "INVALID_NICKNAME"),
            (signupParams("new@example.org", nickname: "New", password: "password1"), "INVALID_PASSWORD"),
        ]
        for (params, reason) in refusals + refusals {
            let params = params.merging(["client_ip": "192.0.2.1"]) { $1 }
            #expect(try client.call(1, "signup", params).reason == reason)
        }
        #expect(try client.call(2, "resend", ["email": "new@example.org"]).reason == "NO_PENDING_SIGNUP")
        #expect(try client.call(3, "signup", signupParams("new@example.org", nickname: "New")).result != nil)
    }

    @Test(
        "one client_ip: twenty signups and thirty verifications in five minutes, an IPv6 /64 counted as one",
        arguments: HouseKind.allCases
    )
    func oneClient(_ kind: HouseKind) async throws {
        let house = try await House(kind)
        var number = 0
        func signup(from address: String) throws -> [String: any Sendable] {
            number += 1
            let params = signupParams("p\(number)@example.org", nickname: "Person \(number)")
            return try house.client.call(number, "signup", params.merging(["client_ip": address]) { $1 })
        }
        for _ in 0..<10 {
            #expect(try signup(from: "2001:db8:0:7::\(number + 1)").result != nil)
            #expect(try signup(from: "2001:DB8:0:7:9::\(number + 1)").result != nil)
        }
        let refused = try signup(from: "2001:db8:0:7:ffff::1")
        #expect(refused.reason == "RATE_LIMITED")
        #expect((280...300).contains(refused.retryAfter ?? 0))
        #expect(try signup(from: "2001:db8:0:8::1").result != nil)
        #expect(try signup(from: "198.51.100.7").result != nil)

        func verify(from address: String) throws -> [String: any Sendable] {
            let params = [
                "email": "p1@example.org", "signup_id": Self.noSignup, "code": "222222", "client_ip": address,
            ]
            return try house.client.call(1, "verify", params)
        }
        for _ in 0..<15 {
            #expect(try verify(from: "198.51.100.7").reason == "CODE_INCORRECT_OR_EXPIRED")
            #expect(try verify(from: "::ffff:198.51.100.7").reason == "CODE_INCORRECT_OR_EXPIRED")
        }
        #expect(try verify(from: "198.51.100.7").reason == "RATE_LIMITED")
        #expect(try verify(from: "198.51.100.8").reason == "CODE_INCORRECT_OR_EXPIRED")
    }

    private static let noSignup = "01890a5d-ac96-774b-bcce-b302099a8057"

    @Test("the window of the limits per client_ip is a setting, and slides", arguments: HouseKind.allCases)
    func clientWindow(_ kind: HouseKind) async throws {
        let house = try await House(kind, ["SIGNUPD_VERIFIES_PER_CLIENT": "2", "SIGNUPD_CLIENT_WINDOW_SECONDS": "2"])
        let params = ["signup_id": Self.noSignup, "code": "222222", "client_ip": "198.51.100.7"]
        func verify() throws -> [String: any Sendable] { try house.client.call(1, "verify", params) }
        #expect(try verify().reason == "CODE_INCORRECT_OR_EXPIRED")
        try await Task.sleep(for: .seconds(1))
        #expect(try verify().reason == "CODE_INCORRECT_OR_EXPIRED")
        let refused = try verify()
        #expect(refused.reason == "RATE_LIMITED")
        try await Task.sleep(for: .seconds(refused.retryAfter ?? 60))
        // Only the first has left.
        #expect(try verify().reason == "CODE_INCORRECT_OR_EXPIRED")
    }

    @Test("the daily caps hold when Redis has lost its data")
    func lostRedis() async throws {
        let house = try await House(.servers, ["SIGNUPD_RESEND_AFTER_SECONDS": "0", "SIGNUPD_RESEND_PER_DAY": "2"])
        for nickname in ["One", "Two"] {
            #expect(try house.client.call(1, "signup", signupParams("a@example.org", nickname: nickname)).result != nil)
        }
        try await house.loseRedis()
        for email in ["a@example.org", "A+tag@example.org"] {
            let third = try house.client.call(2, "signup", signupParams(email, nickname: "Three"))
            #expect(third.reason == "RATE_LIMITED")
            #expect((86_300...86_400).contains(third.retryAfter ?? 0))
        }
        #expect(try house.client.call(3, "resend", ["email": "a@example.org"]).reason == "RATE_LIMITED")
    }

    @Test("ten wrong guesses by e-mail alone are ten, whatever Redis lost in between, but for the one that finds out")
    func lostGuesses() async throws {
        let house = try await House(.servers)
        func guess() throws -> [String: any Sendable] {
            try house.client.call(1, "verify", ["email": "a@example.org", "code": "222222"])
        }
        for _ in 0..<7 { #expect(try guess().reason == "CODE_INCORRECT_OR_EXPIRED") }
        try await house.loseRedis()
        for _ in 0..<3 { #expect(try guess().reason == "CODE_INCORRECT_OR_EXPIRED") }
        _ = try await waitFor("the limit") { try guess().reason == "RATE_LIMITED" ? true : nil }
        try await house.loseRedis()
        #expect(try guess().reason == "CODE_INCORRECT_OR_EXPIRED")
        let refused = try await waitFor("the limit") {
            let reply = try guess()
            return reply.reason == "RATE_LIMITED" ? reply : nil
        }
        #expect((86_300...86_400).contains(refused.retryAfter ?? 0))
    }

    @Test("the cap of mails per hour holds over two servers on one database, and what waits leaves later")
    func mailsPerHour() async throws {
        let house = try await House(.servers, ["SIGNUPD_MAILS_PER_HOUR": "3"])
        let second = try await RunningServer(house.program, directory: try makeTemporaryDirectory("second"))
        let clients = [house.client, try SocketClient(path: second.socketPath)]
        for number in 0..<8 {
            let params = signupParams("p\(number)@example.org", nickname: "Person \(number)")
            #expect(try clients[number % 2].call(1, "signup", params).result != nil)
        }
        func states() throws -> [String] {
            try house.rows("SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state")
        }
        _ = try await waitFor("three mails") { try states() == ["queued\t5", "sent\t3"] ? true : nil }
        _ = try await waitFor("the word to the operator") {
            (house.server.log + second.log).contains("the cap of mails per hour is reached") ? true : nil
        }
        #expect(try states() == ["queued\t5", "sent\t3"])
        #expect(house.server.stop() == 0 && second.stop() == 0)

        let more = house.program.with(["SIGNUPD_MAILS_PER_HOUR": "7"])
        let third = try await RunningServer(more, directory: try makeTemporaryDirectory("third"))
        _ = try await waitFor("four more") { try states() == ["queued\t1", "sent\t7"] ? true : nil }
        #expect(third.stop() == 0)
    }
}
