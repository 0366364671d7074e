// The error table of the design, one request at a time: clear, with its field, and the next line still works.

import Foundation
import TestProgram
import TestServers
import Testing

struct BadRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let line: String
    let reason: String
    let field: String?

    var testDescription: String { name }

    init(_ name: String, _ method: String, _ params: String, _ reason: String, _ field: String? = nil) {
        self.name = name
        line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#
        self.reason = reason
        self.field = field
    }

    static let good = #""email":"bad@example.org","password":"violet-Kettle 41 harbor","nickname":"Bad""#
    static let id = "01890a5d-ac96-774b-bcce-b302099a8057"

    static let all = [
        BadRequest("no e-mail", "signup", #"{"password":"x","nickname":"Bad"}"#, "MISSING_FIELD", "email"),
        BadRequest(
            "null password",
            "signup",
            #"{"email":"a@b.org","password":null,"nickname":"Bad"}"#,
            "MISSING_FIELD",
            "password"
        ),
        BadRequest("unknown field", "signup", "{\(good),\"admin\":true}", "UNKNOWN_FIELD", "admin"),
        BadRequest(
            "e-mail is a number",
            "signup",
            #"{"email":7,"password":"x","nickname":"Bad"}"#,
            "WRONG_TYPE",
            "email"
        ),
        BadRequest("positional params", "signup", #"["a","b","c"]"#, "WRONG_TYPE", "params"),
        BadRequest(
            "client_ip is no address",
            "signup",
            "{\(good),\"client_ip\":\"somewhere\"}",
            "WRONG_TYPE",
            "client_ip"
        ),
        BadRequest("locale is no tag", "signup", "{\(good),\"locale\":\"en\\r\\nBcc\"}", "WRONG_TYPE", "locale"),
        BadRequest(
            "bad e-mail",
            "signup",
            #"{"email":"root@localhost","password":"violet-Kettle 41 harbor","nickname":"Bad"}"#,
            "INVALID_EMAIL",
            "email"
        ),
        BadRequest(
            "reserved nickname",
            "signup",
            #"{"email":"a@example.org","password":"violet-Kettle 41 harbor","nickname":"Admin"}"#,
            "INVALID_NICKNAME",
            "nickname"
        ),
        BadRequest(
            "weak password",
            "signup",
            #"{"email":"a@example.org","password":"password1","nickname":"Bad"}"#,
            "INVALID_PASSWORD",
            "password"
        ),
        BadRequest("no code", "verify", #"{"email":"a@example.org"}"#, "MISSING_FIELD", "code"),
        BadRequest("whose code", "verify", #"{"code":"222222"}"#, "MISSING_FIELD", "email"),
        BadRequest("code is a number", "verify", #"{"email":"a@example.org","code":222222}"#, "WRONG_TYPE", "code"),
        BadRequest(
            "unknown address",
            "verify",
            #"{"email":"nobody@example.org","code":"222222"}"#,
            "CODE_INCORRECT_OR_EXPIRED"
        ),
        BadRequest(
            "malformed code",
            "verify",
            #"{"email":"nobody@example.org","code":"%%%%%%"}"#,
            "CODE_INCORRECT_OR_EXPIRED"
        ),
        BadRequest(
            "unknown signup",
            "verify",
            "{\"signup_id\":\"\(id)\",\"code\":\"222222\"}",
            "CODE_INCORRECT_OR_EXPIRED"
        ),
        BadRequest("signup_id is no id", "verify", #"{"signup_id":"7","code":"222222"}"#, "WRONG_TYPE", "signup_id"),
        BadRequest("nothing to resend", "resend", #"{"email":"nobody@example.org"}"#, "NO_PENDING_SIGNUP"),
        BadRequest("unknown method", "sign_up", "{}", "METHOD_NOT_FOUND"),
        BadRequest("ping takes nothing", "service.ping", #"{"loud":true}"#, "UNKNOWN_FIELD", "loud"),
    ]
}

@Suite("the error table")
struct ErrorTableTests {
    @Test("a bad request gets its reason and field, and the next line still works", arguments: BadRequest.all)
    func badRequest(_ bad: BadRequest) throws {
        let program = Program(stateDirectory: try makeTemporaryDirectory("errors"))
        let next = #"{"jsonrpc":"2.0","id":2,"method":"service.ping"}"#
        let finished = try program.run(["pipe"], input: bad.line + "\n" + next + "\n")
        let replies = try finished.replies
        try #require(replies.count == 2)
        #expect(replies[0].reason == bad.reason)
        #expect(replies[0].field == bad.field || bad.field == nil)
        #expect(replies[1].result?["ok"] as? Bool == true)
        #expect(finished.status == 1)
    }

    @Test("e-mail and nickname of a member are refused with 409, in the words people know")
    func taken() throws {
        let directory = try makeTemporaryDirectory("taken")
        let program = Program(stateDirectory: directory)
        _ = try program.pipe([request(1, "signup", signupParams("first@example.org", nickname: "First"))])
        let code = try #require(try Maildir(stateDirectory: directory).codes(to: "first@example.org").first)
        let replies = try program.pipe([
            request(1, "verify", ["email": "first@example.org", "code": code]),
            request(2, "signup", signupParams("First@Example.org", nickname: "Second")),
            request(3, "signup", signupParams("second@example.org", nickname: "ＦＩＲＳＴ")),
        ]).replies
        #expect(replies[0].result != nil)
        #expect(replies[1].error?["message"] as? String == "Email is already registered")
        #expect((replies[1].error?["data"] as? [String: any Sendable])?["status"] as? Int == 409)
        #expect(replies[2].error?["message"] as? String == "Nickname is already taken")
    }

    @Test("five wrong guesses kill a code, and resend is told as the way out")
    func guesses() throws {
        let directory = try makeTemporaryDirectory("guesses")
        let program = Program(stateDirectory: directory)
        let receipt = try program.pipe([request(1, "signup", signupParams("guess@example.org", nickname: "Guess"))])
            .replies
        let id = try #require(receipt.first?.result?["signup_id"] as? String)
        let code = try #require(try Maildir(stateDirectory: directory).codes(to: "guess@example.org").first)
        let wrong = code == "222222" ? "333333" : "222222"
        let guesses = (1...5).map { request($0, "verify", ["signup_id": id, "code": wrong]) }
        let right = request(6, "verify", ["signup_id": id, "code": code])
        let replies = try program.pipe(guesses + [right]).replies
        let left = replies.prefix(5).map { ($0.error?["data"] as? [String: any Sendable])?["attempts_left"] as? Int }
        #expect(left == [4, 3, 2, 1, 0])
        #expect(replies[5].reason == "TOO_MANY_ATTEMPTS")
    }

    @Test("a code dies when its time is over")
    func expiry() async throws {
        let directory = try makeTemporaryDirectory("expiry")
        let settings = ["SIGNUPD_CODE_TTL_SECONDS": "1", "SIGNUPD_MAIL_LEASE_SECONDS": "3"]
        let program = Program(stateDirectory: directory, settings: settings)
        _ = try program.pipe([request(1, "signup", signupParams("late@example.org", nickname: "Late"))])
        let code = try #require(try Maildir(stateDirectory: directory).codes(to: "late@example.org").first)
        try await Task.sleep(for: .seconds(3))
        let reply = try program.pipe([request(1, "verify", ["email": "late@example.org", "code": code])]).replies.first
        #expect(reply?.reason == "CODE_INCORRECT_OR_EXPIRED")
    }
}
