// The pages of docs/ keep what they promise: every command on them is run, and its effect is looked at.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the pages for operators", .serialized)
struct OperatorPageTests {
    private static let password = "password=violet-Kettle 41 harbor"

    private func signUp(_ name: String, on machine: OperatorsMachine) throws {
        _ = try machine.call("signup", "email=\(name)@example.org", "nickname=\(name)", Self.password)
    }

    private func verify(_ name: String, _ code: String, on machine: OperatorsMachine) throws {
        let reply = try machine.call("verify", "email=\(name)@example.org", "code=\(code)")
        #expect(reply.contains("email has been successfully verified"))
    }

    @Test("every command on every page is marked with who runs it", arguments: try OperatorPage.names())
    func marked(_ name: String) throws {
        #expect(try OperatorPage(name).unmarked.isEmpty)
    }

    @Test("every link of the README and of the pages leads to a file")
    func links() throws {
        let project = OperatorPage.folder.deletingLastPathComponent()
        let pages = try OperatorPage.names().map { "docs/" + $0 }
        for page in ["README.md", "CONTRIBUTING.md", "examples/kubernetes/README.md"] + pages {
            let file = project.appending(path: page)
            let text = try String(contentsOf: file, encoding: .utf8)
            for link in text.matches(of: /\]\(([^)#:]+)\)/).map(\.1) {
                let target = file.deletingLastPathComponent().appending(path: String(link)).standardized
                #expect(FileManager.default.fileExists(atPath: target.path), "\(page): \(link)")
            }
        }
    }

    @Test("Deploy: with MariaDB, Redis and SMTP, from nothing to a member")
    func deploy() async throws {
        let machine = try OperatorsMachine.deployed()
        try signUp("mira", on: machine)
        try verify("mira", await machine.code(to: "mira@example.org"), on: machine)
        let from = try #require(try machine.sink.received(1).first?.from)
        #expect(from == "no-reply@example.org")
        #expect(machine.blocksLeft(of: try OperatorPage("deploy.md")).isEmpty)
    }

    @Test("Watch it: a service can be checked, watched, and searched for somebody's lines")
    func watch() async throws {
        let page = try OperatorPage("watch.md")
        let machine = try OperatorsMachine.deployed()
        try signUp("mira", on: machine)
        // The tests' MariaDB is quick and forgetful, and check sees it.
        _ = try machine.shell("mariadb --execute 'SET GLOBAL innodb_flush_log_at_trx_commit = 1'")
        let check = try machine.run("check", of: page)
        #expect(check.contains("\nMariaDB\n  ok ") && check.contains("\nSocket\n  ok "), "\(check)")
        #expect(check.contains(#""grade":"#))
        #expect(try machine.run("stats", of: page).contains("signup"))
        #expect(try machine.shell("cat /run/signupd.prom").contains("\nsignupd_up 1\n"))
        let mark = try machine.run("mark", of: page).trimmingCharacters(in: .newlines)
        #expect(mark.count == 12)
        let journal = try String(contentsOfFile: machine.path("/journal"), encoding: .utf8)
        #expect(journal.contains("request method=signup reason=ok") && journal.contains("email=\(mark)\n"))
        #expect(machine.blocksLeft(of: page).isEmpty)
    }

    @Test("Rotate the secret: no code is lost in any step, and the last step forgets the old secret")
    func rotate() async throws {
        let page = try OperatorPage("rotate-the-secret.md")
        let machine = try OperatorsMachine.deployed()
        let names = ["ada", "bob", "cleo", "dora"]
        var codes: [String: String] = [:]
        for name in names[..<3] {
            try signUp(name, on: machine)
            codes[name] = try await machine.code(to: "\(name)@example.org")
        }
        try machine.run("add", of: page)
        try verify("ada", try #require(codes["ada"]), on: machine)
        try machine.run("swap", of: page)
        try verify("bob", try #require(codes["bob"]), on: machine)
        try signUp("dora", on: machine)
        codes["dora"] = try await machine.code(to: "dora@example.org")
        try machine.run("drop", of: page)
        try verify("dora", try #require(codes["dora"]), on: machine)
        // Her code is one of the old secret: with that, it is no code any more.
        let late = try machine.shell(
            "signupd call --socket /run/signupd/signupd.sock verify email=cleo@example.org code=\(codes["cleo"] ?? "") 2>&1 || true"
        )
        #expect(late.contains("CODE_INCORRECT_OR_EXPIRED"))
        #expect(machine.blocksLeft(of: page).isEmpty)
    }

    @Test("Mail is stuck: a dead letter is seen with its reason, sent again once the cause is mended, or forgotten")
    func stuck() async throws {
        let page = try OperatorPage("mail-is-stuck.md")
        let machine = try OperatorsMachine.deployed()
        try machine.replaceSink(["-f", "RCPT"])
        for name in ["eve", "finn"] { try signUp(name, on: machine) }
        var listed = ""
        for _ in 0..<200 where listed.components(separatedBy: "dead").count < 3 {
            try await Task.sleep(for: .milliseconds(50))
            listed = try machine.run("look", of: page)
        }
        #expect(listed.contains("500"), "\(listed)")
        let line = try #require(listed.split(separator: "\n").first { $0.contains("finn@example.org") })
        let id = String(line.drop { !$0.isNumber }.prefix { $0.isNumber })
        try machine.run("drop", of: page, replacing: ["17": id])
        try machine.run("health", of: page)
        try machine.replaceSink()
        try machine.run("restart", of: page)
        try machine.run("retry", of: page)
        try verify("eve", await machine.code(to: "eve@example.org"), on: machine)
        #expect(try machine.sink.received(1).allSatisfy { $0.to == ["eve@example.org"] })
        #expect(machine.blocksLeft(of: page).isEmpty)
    }

    @Test("Upgrade: the tables are brought up to date, and the service answers afterwards")
    func upgrade() async throws {
        let page = try OperatorPage("upgrade.md")
        let machine = try OperatorsMachine.deployed()
        try signUp("gus", on: machine)
        let code = try await machine.code(to: "gus@example.org")
        #expect(try machine.run("migrate", of: page).contains("the schema"))
        #expect(try machine.run("look", of: page).contains(#""ok":true"#))
        try verify("gus", code, on: machine)
        #expect(machine.blocksLeft(of: page).isEmpty)
    }

    @Test(
        "Back up and restore, MariaDB: a code from before the backup makes its member; without Redis, the next code does"
    )
    func restoreMariaDB() async throws {
        let page = try OperatorPage("back-up-and-restore.md")
        let machine = try OperatorsMachine.deployed()
        for name in ["hal", "ines", "jack"] { try signUp(name, on: machine) }
        try verify("hal", await machine.code(to: "hal@example.org"), on: machine)
        let codes = [
            "ines": try await machine.code(to: "ines@example.org"),
            "jack": try await machine.code(to: "jack@example.org"),
        ]
        try machine.run("secrets", of: page)
        #expect(
            try machine.shell("tar --list --absolute-names -f /var/backups/signupd/secrets.tar").contains(
                "SIGNUPD_SECRET"
            )
        )
        try machine.run("back up MariaDB", of: page)
        _ = try machine.shell(
            "mariadb signupd --execute 'DELETE FROM members; DELETE FROM outbox; DELETE FROM signups;'"
        )
        try machine.run("restore MariaDB", of: page)
        #expect(try machine.call("status", "email=hal@example.org").contains(#""state":"active""#))
        try verify("ines", try #require(codes["ines"]), on: machine)

        try machine.run("lose Redis", of: page)
        let dead = try machine.shell(
            "signupd call --socket /run/signupd/signupd.sock verify email=jack@example.org code=\(codes["jack"] ?? "") 2>&1 || true"
        )
        #expect(dead.contains("CODE_INCORRECT_OR_EXPIRED"))
        #expect(try machine.call("status", "email=jack@example.org").contains(#""state":"pending""#))
        _ = try machine.shell(
            "echo SIGNUPD_RESEND_AFTER_SECONDS=0 >> /etc/signupd/signupd.conf; systemctl restart signupd"
        )
        _ = try machine.call("resend", "email=jack@example.org")
        let next = try await machine.code(to: "jack@example.org", besides: [codes["jack"] ?? ""])
        try verify("jack", next, on: machine)
        #expect(machine.blocksLeft(of: page) == ["back up SQLite", "restore SQLite"])
    }

    @Test("Back up and restore, SQLite: a code from before the backup makes its member on a new machine")
    func restoreSQLite() async throws {
        let page = try OperatorPage("back-up-and-restore.md")
        let machine = try OperatorsMachine()
        _ = try machine.shell("systemctl start signupd")
        for name in ["kim", "lou"] { try signUp(name, on: machine) }
        let maildir = Maildir(stateDirectory: URL(filePath: machine.path("/var/lib/signupd")))
        try verify("kim", await maildir.code(to: "kim@example.org"), on: machine)
        let code = try await maildir.code(to: "lou@example.org")
        try machine.run("back up SQLite", of: page)
        // The disk is new, and the service was started once.
        _ = try machine.shell("systemctl stop signupd; rm -r /var/lib/signupd/*; systemctl start signupd")
        #expect(try machine.call("status", "email=kim@example.org").contains(#""state":"none""#))
        try machine.run("restore SQLite", of: page)
        #expect(try machine.call("status", "email=kim@example.org").contains(#""state":"active""#))
        try verify("lou", code, on: machine)
    }
}
