// The main job on the embedded default, through `signupd pipe`.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd pipe on the embedded default")
struct EmbeddedPipeTests {
    let directory: URL
    let program: Program
    let maildir: Maildir

    init() throws {
        directory = try makeTemporaryDirectory("pipe")
        program = Program(stateDirectory: directory)
        maildir = Maildir(stateDirectory: directory)
    }

    @Test("signup, the code by mail, verify, status")
    func mainJob() throws {
        let email = "mira@example.org"
        let signedUp = try program.pipe([request(1, "signup", signupParams(email, nickname: "Mira"))])
        #expect(signedUp.status == 0)
        let receipt = try #require(try signedUp.replies.first?.result)
        #expect(receipt["message"] as? String == "Please verify your email address")
        #expect(receipt["is_active"] as? Bool == false)
        #expect(receipt["expires_in"] as? Int == 3600)
        #expect(receipt["resend_after"] as? Int == 60)
        let signupID = try #require(receipt["signup_id"] as? String)

        let mail = try #require(try maildir.messages().first)
        #expect(mail.contains("Subject: Verify your email address\n"))
        let code = try #require(Maildir.code(in: mail))

        let verified = try program.pipe([request(2, "verify", ["email": email, "code": code.lowercased()])])
        let member = try #require(try verified.replies.first?.result)
        #expect(member["message"] as? String == "email has been successfully verified")
        #expect(member["signup_id"] as? String == signupID)
        #expect(member["nickname"] as? String == "Mira")
        #expect(member["is_active"] as? Bool == true)

        let status = try program.pipe([request(3, "status", ["email": email])])
        #expect(try status.replies.first?.result?["state"] as? String == "active")
    }

    @Test("a client that lost the reply to verify asks again and gets the same member")
    func verifyAgain() throws {
        _ = try program.pipe([request(1, "signup", signupParams("again@example.org", nickname: "Again"))])
        let code = try #require(try maildir.codes(to: "again@example.org").first)
        let verify = request(1, "verify", ["email": "again@example.org", "code": code])
        let replies = try program.pipe([verify, verify]).replies
        #expect(replies.count == 2)
        let members = replies.compactMap { $0.result?["member_id"] as? Int }
        #expect(members.count == 2 && Set(members).count == 1)
    }

    @Test("replies come in the order of the input, whatever takes longer")
    func inputOrder() throws {
        var requests: [[String: Any]] = []
        for number in 0..<20 {
            let params = signupParams("order\(number)@example.org", nickname: "Order\(number)")
            requests.append(
                number.isMultiple(of: 2) ? request(number, "signup", params) : request(number, "service.ping")
            )
        }
        let finished = try program.pipe(requests)
        #expect(finished.status == 0)
        #expect(try finished.replies.map(\.id) == Array(0..<20))
    }

    @Test("standard output is protocol only, and standard error names no address, password or code")
    func outputIsProtocol() throws {
        let password = "violet-Kettle 41 harbor"
        let program = Program(stateDirectory: directory, settings: ["SIGNUPD_LOG_LEVEL": "trace"])
        let finished = try program.pipe([request(1, "signup", signupParams("quiet@example.org", nickname: "Quiet"))])
        #expect(try finished.replies.count == 1)
        let code = try #require(try maildir.codes(to: "quiet@example.org").first)
        for secret in [password, code, "quiet@example.org"] { #expect(!finished.errors.contains(secret)) }
    }

    @Test(
        "exit status tells results from error replies from malformed lines",
        arguments: [
            (#"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"#, Int32(0)),
            (#"{"jsonrpc":"2.0","id":1,"method":"nothing.here"}"#, 1),
            ("{oops", 65),
            (#"{"jsonrpc":"2.0","method":"signup","params":{}}"#, 65),
            ("", 0),
        ]
    )
    func exitStatus(line: String, status: Int32) throws {
        let finished = try program.run(["pipe"], input: line + "\n")
        #expect(finished.status == status)
    }

    @Test("--method takes the params of one method a line, and ids are line numbers")
    func bulk() throws {
        let lines = try (1...3).map { try JSONLine.text(signupParams("bulk\($0)@example.org", nickname: "Bulk\($0)")) }
        let finished = try program.run(["pipe", "--method", "signup"], input: lines.joined(separator: "\n") + "\n")
        #expect(finished.status == 0)
        #expect(try finished.replies.map(\.id) == [1, 2, 3])
        #expect(try maildir.messages().count == 3)
    }

    @Test("the state directory keeps its secrets: 0700, and 0600 for the database and the secret")
    func fileModes() throws {
        let state = directory.appendingPathComponent("fresh")
        _ = try Program(stateDirectory: state).pipe([request(1, "service.ping")])
        func mode(_ name: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: state.appendingPathComponent(name).path)[.posixPermissions]
                as? Int
        }
        #expect(try mode("") == 0o700)
        #expect(try mode("secret") == 0o600)
        #expect(try mode("signupd.sqlite") == 0o600)
        #expect(try mode("Maildir") == 0o700)
    }
}
