// docs/mails.md is true: its commands run, and do what the page says.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the page about mails")
struct MailsPageTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs")

    /// The blocks marked `<!-- run: NAME -->`, by name.
    private func blocks(_ page: String) throws -> [String: String] {
        let text = try String(contentsOf: Self.folder.appendingPathComponent(page), encoding: .utf8)
        return text.components(separatedBy: "<!-- run: ").dropFirst().reduce(into: [:]) { blocks, part in
            let code = part.components(separatedBy: "```")[1].drop { $0 != "\n" }
            blocks[part.components(separatedBy: " -->")[0]] = String(code)
        }
    }

    private func run(_ code: String?, _ program: Program, in directory: URL) throws -> String {
        let words = program.environment.merging(
            ["PATH": URL(fileURLWithPath: try Program.path).deletingLastPathComponent().path + ":/usr/bin:/bin"]
        ) { $1 }.map { "\($0.key)=\($0.value)" }
        let script = "cd \(directory.path) && set -e\n" + (try #require(code))
        return String(decoding: try Command.run("env", ["-i"] + words + ["sh", "-c", script]), as: UTF8.self)
    }

    @Test("the mails can be looked at and replaced as the page says")
    func mails() throws {
        let directory = try makeTemporaryDirectory("pages")
        let program = Program(stateDirectory: directory)
        let blocks = try blocks("mails.md")
        #expect(blocks.count == 2)
        #expect(try run(blocks["preview"], program, in: directory).contains("인증 코드: K7M2XQ"))
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/preview").sorted()
        let names = ["account-exists", "verify-email"]
        #expect(files == names.flatMap { name in ["eml", "html", "txt"].map { "\(name).ko.\($0)" } })
        let own = try run(blocks["own templates"], program, in: directory)
        #expect(own.contains("Subject: Bitte bestätigen Sie Ihre Adresse\n"))
        #expect(own.contains("Ihr Code ist K7M2XQ. Er gilt 60 Minuten.\n"))
    }
}
