// signupd(1) is complete: what the program's own help lists is in it.

import Foundation
import TestProgram
import TestServers
import Testing

/// A command as `--experimental-dump-help` describes it.
private struct CommandHelp: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }
        let names: [Name]?
        let shouldDisplay: Bool
    }
    struct Tool: Decodable {
        let command: CommandHelp
    }
    let commandName: String
    let subcommands: [CommandHelp]?
    let arguments: [Argument]?
    let shouldDisplay: Bool

    /// Every command below this one, as words: `outbox retry`.
    func commands(_ parents: [String] = []) -> [String] {
        (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }.flatMap { command in
            let words = parents + [command.commandName]
            let below = command.commands(words)
            return below.isEmpty ? [words.joined(separator: " ")] : below
        }
    }

    var longOptions: Set<String> {
        let own = (arguments ?? []).filter(\.shouldDisplay).flatMap { $0.names ?? [] }
            .filter { $0.kind == "long" }.map(\.name)
        return (subcommands ?? []).reduce(into: Set(own)) { $0.formUnion($1.longOptions) }
    }
}

@Suite("signupd(1)")
struct ManualTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/signupd.1")

    @Test("names every command and every option of the program")
    func commandsAndOptions() throws {
        let dumped = try Command.run(try Program.path, ["--experimental-dump-help"])
        let program = try JSONDecoder().decode(CommandHelp.Tool.self, from: dumped).command
        let lines = try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "\n")
        let commands = program.commands()
        #expect(commands.contains("outbox retry"))
        for command in commands {
            #expect(lines.contains(".It Cm \(command)"), "COMMANDS has no '\(command)'")
        }
        let options = lines.filter { $0.hasPrefix(".It Fl ") }.joined(separator: " ").replacing("\\-", with: "-")
        #expect(program.longOptions.contains("drain"))
        for option in program.longOptions {
            #expect(options.contains("-\(option) ") || options.hasSuffix("-\(option)"), "OPTIONS has no --\(option)")
        }
    }

    @Test("is well-formed: man shows it without a warning")
    func form() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["groff", "-mandoc", "-ww", "-z", "-Tutf8", Self.page.path]
        let warnings = Pipe()
        process.standardError = warnings
        try process.run()
        let text = String(decoding: warnings.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        // A word too long to fill a line is the only thing it may grumble about.
        let grumbles = text.split(separator: "\n").filter { !$0.contains("cannot adjust line") }
        #expect(grumbles.isEmpty, "\(text)")
    }
}
