// `make install` and `make uninstall`, into a directory that stands for the root of a package.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("make install")
struct InstallTests {
    private static let project = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is installed below the prefix, and nothing else is.
    private static let files = [
        "bin/signupd",
        "lib/systemd/system/signupd.service", "lib/systemd/system/signupd.socket", "lib/sysusers.d/signupd.conf",
        "share/bash-completion/completions/signupd", "share/fish/vendor_completions.d/signupd.fish",
        "share/man/man1/signupd.1", "share/zsh/site-functions/_signupd",
    ]

    private func make(_ goal: String, into directory: URL, prefix: String) throws {
        let variables = ["PROGRAM=\(try Program.path)", "PREFIX=\(prefix)", "DESTDIR=\(directory.path)"]
        try Command.run("make", ["--silent", "-C", Self.project.path, goal] + variables)
    }

    private func files(below directory: URL) throws -> Set<String> {
        let found = try Command.run("find", [directory.path, "-type", "f", "-printf", "%P\n"])
        return Set(String(decoding: found, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    @Test("puts program, manual, completions, units and documents below the prefix; uninstall leaves only the settings")
    func installAndUninstall() throws {
        let root = try makeTemporaryDirectory("install")
        defer { try? FileManager.default.removeItem(at: root) }  // Left over, it does no harm.
        try make("install", into: root, prefix: "/opt/signupd")
        let installed = try files(below: root)
        let outsideDocuments = installed.filter { !$0.hasPrefix("opt/signupd/share/doc/signupd/") }
        #expect(outsideDocuments == Set(Self.files.map { "opt/signupd/" + $0 } + ["etc/signupd/signupd.conf"]))
        #expect(installed.contains("opt/signupd/share/doc/signupd/docs/deploy.md"))

        let version = try Command.run(root.appending(path: "opt/signupd/bin/signupd").path, ["--version"])
        #expect(String(decoding: version, as: UTF8.self).hasPrefix("0."))
        let unit = try String(
            contentsOf: root.appending(path: "opt/signupd/lib/systemd/system/signupd.service"),
            encoding: .utf8
        )
        #expect(unit.contains("ExecStart=/opt/signupd/bin/signupd serve"))
        for shell in ["bash": "share/bash-completion/completions/signupd", "zsh": "share/zsh/site-functions/_signupd"] {
            let script = try String(contentsOf: root.appending(path: "opt/signupd/" + shell.value), encoding: .utf8)
            #expect(script.contains("outbox") && script.contains("--drain"), "\(shell.key)")
        }
        try Command.run(
            "bash",
            ["-n", root.appending(path: "opt/signupd/share/bash-completion/completions/signupd").path]
        )

        try make("uninstall", into: root, prefix: "/opt/signupd")
        #expect(try files(below: root) == ["etc/signupd/signupd.conf"])
    }

    @Test("a second installation does not overwrite the settings")
    func settingsStay() throws {
        let root = try makeTemporaryDirectory("install")
        defer { try? FileManager.default.removeItem(at: root) }  // Left over, it does no harm.
        try make("install", into: root, prefix: "/usr/local")
        let settings = root.appending(path: "etc/signupd/signupd.conf")
        let mode = try FileManager.default.attributesOfItem(atPath: settings.path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o640)
        try Data("SIGNUPD_CODE_TRIES=3\n".utf8).write(to: settings)
        try make("install", into: root, prefix: "/usr/local")
        #expect(try String(contentsOf: settings, encoding: .utf8) == "SIGNUPD_CODE_TRIES=3\n")
    }
}
