// examples/systemd: what systemd thinks of the units, and what they say.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the systemd units")
struct SystemdUnitTests {
    @Test("systemd-analyze finds no fault, and an exposure of 2.0 at most")
    func analyze() throws {
        let directory = try makeTemporaryDirectory("units")
        let service = try SystemdUnit.text("signupd.service")
            .replacing("/usr/bin/signupd", with: try Program.path)
        try service.write(to: directory.appendingPathComponent("signupd.service"), atomically: true, encoding: .utf8)
        try SystemdUnit.text("signupd.socket")
            .write(to: directory.appendingPathComponent("signupd.socket"), atomically: true, encoding: .utf8)
        let units = ["signupd.service", "signupd.socket"].map { directory.appendingPathComponent($0).path }
        // Exits with 1 for the smallest complaint.
        try Command.run("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no"] + units)
        try Command.run("systemd-analyze", ["security", "--offline=true", "--threshold=20", units[0]])
    }

    @Test("the door is for the group, and every secret can be a credential")
    func contents() throws {
        let socket = try SystemdUnit.text("signupd.socket").split(separator: "\n")
        #expect(socket.contains("SocketMode=0660"))
        #expect(socket.contains("SocketGroup=signupd"))
        let service = try SystemdUnit.text("signupd.service").split(separator: "\n")
        #expect(service.contains("User=signupd"))
        for name in ["SIGNUPD_DATABASE_URL", "SIGNUPD_REDIS_URL", "SIGNUPD_SMTP_URL", "SIGNUPD_SECRET"] {
            #expect(service.contains("LoadCredential=\(name)"))
        }
    }
}

/// The units as they are in the repository.
enum SystemdUnit {
    static func text(_ name: String) throws -> String {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("examples/systemd").appendingPathComponent(name)
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// What is left of `SystemCallFilter=` when its lines are applied in order, groups of calls resolved by systemd itself.
    static func allowedSystemCalls() throws -> Set<String> {
        var allowed: Set<String> = try members(of: "@default")
        for line in try text("signupd.service").split(separator: "\n") where line.hasPrefix("SystemCallFilter=") {
            let value = line.dropFirst("SystemCallFilter=".count)
            let isForbidding = value.first == "~"
            for word in value.drop(while: { $0 == "~" }).split(separator: " ") {
                let members = word.hasPrefix("@") ? try members(of: String(word)) : [String(word)]
                if isForbidding { allowed.subtract(members) } else { allowed.formUnion(members) }
            }
        }
        return allowed
    }

    private static func members(of group: String) throws -> Set<String> {
        let listing = try Command.run("systemd-analyze", ["syscall-filter", group])
        var members: Set<String> = []
        for line in String(decoding: listing, as: UTF8.self).split(separator: "\n").dropFirst() {
            let word = line.drop { $0 == " " }
            if word.hasPrefix("#") { continue }
            if word.hasPrefix("@") {
                members.formUnion(try self.members(of: String(word)))
            } else {
                members.insert(String(word))
            }
        }
        return members
    }
}
