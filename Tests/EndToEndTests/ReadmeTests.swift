// The README is true: its examples run, and its table of settings is the program's.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the README")
struct ReadmeTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("README.md")

    private func text() throws -> String {
        try String(contentsOf: Self.file, encoding: .utf8)
    }

    /// The blocks marked `<!-- example: INTERPRETER -->`.
    private func examples() throws -> [(interpreter: String, code: String)] {
        try text().components(separatedBy: "<!-- example: ").dropFirst().map { block in
            let interpreter = String(block.prefix { $0 != " " })
            let fenced = block.components(separatedBy: "```")
            let code = fenced[1].drop { $0 != "\n" }
            return (interpreter, String(code))
        }
    }

    @Test("every example runs against a running server and gets its result")
    func examplesRun() async throws {
        let directory = try makeTemporaryDirectory("readme")
        let program = Program(stateDirectory: directory)
        let server = try await RunningServer(program, directory: directory)
        let runnable = try examples().filter { $0.interpreter != "text" }
        #expect(runnable.count >= 4)
        for (interpreter, code) in runnable {
            let local = code.replacing("/tmp/signupd.sock", with: server.socketPath)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let flag = interpreter == "perl" ? "-e" : "-c"
            process.arguments = [interpreter, flag, local]
            let programDirectory = URL(fileURLWithPath: try Program.path).deletingLastPathComponent().path
            process.environment = program.environment.merging(["PATH": programDirectory + ":/usr/bin:/bin"]) { $1 }
            let output = Pipe()
            process.standardOutput = output
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(interpreter): \(code)")
            #expect(printed.contains("Please verify your email address"), "\(interpreter): \(printed)")
        }
        #expect(server.stop() == 0)
    }
}
