// The sidecar's door: who gets in, who may see the mail, and what the program touches when it runs as an ordinary user.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the sidecar's door")
struct SidecarTests {
    private static let group: gid_t = 40_100
    private static let stranger: uid_t = 40_001
    private static let operatorID: uid_t = 40_002

    @Test("an operator who is no user of this machine is refused by name")
    func unknownOperator() throws {
        let program = Program(stateDirectory: try makeTemporaryDirectory("operator"))
        let finished = try program.run(["serve", "--operator-uid", "nobody-of-that-name"])
        #expect(finished.status == 64)
        #expect(finished.errors.contains("'nobody-of-that-name' is no user of this machine"), "\(finished.errors)")
    }

    @Test("the group's members sign people up, others cannot open the socket, and the outbox is for operators")
    func peers() async throws {
        let directory = try OrdinaryUser.makeDirectory("door")
        let server = try await RunningServer(
            try OrdinaryUser.program(directory),
            directory: directory,
            arguments: ["--operator-uid", "\(Self.operatorID)"]
        )
        // Only root gives a file to a group it is not in; the program itself is no member of this one.
        try #require(try Command.run("sh", ["-c", privileged("chgrp \(Self.group) \(server.socketPath)")]).isEmpty)
        let attributes = try FileManager.default.attributesOfItem(atPath: server.socketPath)
        #expect(attributes[.posixPermissions] as? Int == 0o660)

        func reply(_ method: String, _ params: [String: Any] = [:], from user: uid_t, group: gid_t = Self.group) throws
            -> [String: any Sendable]?
        {
            let line = request(1, method, params)
            return try OrdinaryUser.reply(to: line, from: user, group: group, socket: server.socketPath)
        }
        let signup = try reply("signup", signupParams("mira@example.org", nickname: "Mira"), from: Self.stranger)
        #expect(signup?.result?["signup_id"] != nil)
        #expect(try reply("service.ping", from: Self.stranger, group: 40_101) == nil)
        let operations: [(String, [String: Any])] = [
            ("outbox.list", [:]), ("outbox.retry", ["ids": [1]]), ("outbox.drop", ["ids": [1]]),
        ]
        for (method, params) in operations {
            #expect(try reply(method, params, from: Self.stranger)?.reason == "PEER_DENIED")
            #expect(try reply(method, params, from: Self.operatorID)?.result != nil)
        }
        #expect(try reply("outbox.list", from: 0)?.result != nil)
        #expect(server.stop() == 0)
    }

    @Test("nobody else of our user can read its memory or environment, it leaves no core, and its title tells nothing")
    func process() async throws {
        let directory = try OrdinaryUser.makeDirectory("process")
        let secret = String(repeating: "5a", count: 32)
        let server = try await RunningServer(
            try OrdinaryUser.program(directory, settings: ["SIGNUPD_SECRET": secret]),
            directory: directory
        )
        let proc = "/proc/\(server.processIdentifier)"
        // Of a process that may be dumped the owner is its user.
        var status = stat()
        try #require(stat(proc + "/environ", &status) == 0)
        #expect(status.st_uid == 0)
        try #require(stat(proc + "/mem", &status) == 0)
        #expect(status.st_uid == 0)
        let limits = try String(contentsOfFile: proc + "/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2)
        let title = try Data(contentsOf: URL(fileURLWithPath: proc + "/cmdline"))
        #expect(!String(decoding: title, as: UTF8.self).contains("5a5a"))
        #expect(server.stop() == 0)
    }

    @Test("it writes within its state and runtime directories only, with no system call that the unit forbids")
    func leastPrivilege() async throws {
        let directory = try OrdinaryUser.makeDirectory("least")
        let trace = directory.deletingLastPathComponent().appendingPathComponent("trace")
        let server = try await RunningServer(
            // Under strace Leak Sanitizer cannot look, and fails.
            try OrdinaryUser.program(
                directory,
                settings: ["ASAN_OPTIONS": "detect_leaks=0"],
                before: ["/usr/bin/strace", "-D", "-f", "-o", trace.path]
            ),
            directory: directory
        )
        let client = try SocketClient(path: server.socketPath)
        let receipt = try client.call(1, "signup", signupParams("mira@example.org", nickname: "Mira"))
        #expect(receipt.result != nil)
        let code = try await Maildir(stateDirectory: directory.appendingPathComponent("state"))
            .code(to: "mira@example.org")
        #expect(try client.call(2, "verify", ["email": "mira@example.org", "code": code]).result != nil)
        #expect(try client.call(3, "service.health").result != nil)
        #expect(server.stop() == 0)

        let calls = try SystemCall.read(trace, from: directory.deletingLastPathComponent().path + "/signupd")
        let names = Set(calls.map(\.name))
        #expect(names.isSuperset(of: ["openat", "accept4", "bind", "exit_group"]))
        #expect(names.subtracting(try SystemdUnit.allowedSystemCalls()).sorted() == [])
        let written = Set(calls.compactMap(\.writtenPath))
        #expect(written.contains { $0.hasSuffix("signupd.sqlite") })
        // A thread names itself in its own part of /proc, and what goes to /dev/null is gone.
        let elsewhere = written.filter { !$0.hasPrefix(directory.path + "/") && !$0.hasPrefix("/proc/thread-self/") }
        // A program under Thread Sanitizer has a file of the sanitizer's.
        let own = elsewhere.subtracting(["/dev/null"]).filter { !$0.hasPrefix("/tmp/tsan.rodata.") }
        #expect(own.sorted() == [])
    }

    private func privileged(_ command: String) -> String {
        geteuid() == 0 ? command : "sudo -n \(command)"
    }
}

/// One line of strace's record.
private struct SystemCall {
    let name: String
    let line: Substring

    /// The calls from the one on that becomes the program.
    static func read(_ file: URL, from program: String) throws -> [SystemCall] {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return lines.drop { !$0.contains("execve(\"\(program)\"") }.compactMap { line in
            let call = line.drop { $0 != " " }.drop { $0 == " " }
            let name = call.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard call.dropFirst(name.count).first == "(" else { return nil }
            return SystemCall(name: String(name), line: call)
        }
    }

    /// The path of a call that changes something in the file system and succeeded.
    var writtenPath: String? {
        guard !line.contains(" = -1 ") else { return nil }
        let names = line.split(separator: "\"", omittingEmptySubsequences: false)
        switch name {
        case "open", "openat":
            guard ["O_WRONLY", "O_RDWR", "O_CREAT"].contains(where: { line.contains($0) }), names.count > 1 else {
                return nil
            }
            return String(names[1])
        case "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir", "chmod", "fchmodat", "chown", "lchown", "fchownat",
            "truncate",
            "mknod", "symlink":
            return names.count > 1 ? String(names[1]) : nil
        case "rename", "renameat", "renameat2", "link", "linkat":
            return names.count > 3 ? String(names[3]) : nil
        default: return nil
        }
    }
}
