// SIGTERM, and streams that break, while a pipe is at work: it ends in order, and soon.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the end of signupd pipe")
struct PipeStopTests {
    let directory: URL

    init() throws {
        directory = try makeTemporaryDirectory("pipe-stop")
    }

    private let ping = #"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n"

    /// A pipe at work: its ends that are ours.
    private struct Conversation {
        let process: Process
        let input: FileHandle
        let output: FileHandle
        let errors: URL

        func write(_ text: String) throws { try input.write(contentsOf: Data(text.utf8)) }

        /// A test that fails leaves nobody behind.
        func end() { process.killNow() }

        /// What it wrote to standard error.
        var complaints: String {
            get throws { try String(contentsOf: errors, encoding: .utf8) }
        }
    }

    private func start(_ arguments: [String] = [], settings: [String: String] = [:]) throws -> Conversation {
        // A program that has ended is what a test looks for, and no end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let program = Program(stateDirectory: directory.appendingPathComponent("state"), settings: settings)
        let process = try program.process(["pipe"] + arguments)
        let (input, output) = (Pipe(), Pipe())
        let errors = directory.appendingPathComponent("errors")
        try Data().write(to: errors)
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        return Conversation(
            process: process,
            input: input.fileHandleForWriting,
            output: output.fileHandleForReading,
            errors: errors
        )
    }

    private func signup(_ name: String) throws -> String {
        try JSONLine.text(request(2, "signup", signupParams("\(name)@example.org", nickname: name))) + "\n"
    }

    @Test("input that was being read at SIGTERM is told so, and harms nothing that was in flight")
    func inputBehindStop() async throws {
        let conversation = try start()
        defer { conversation.end() }
        let output = conversation.output.fileDescriptor
        // One page: replies wait in the write as soon as it is full.
        #expect(fcntl(output, PipeSize.set, 4096) == 4096)
        let replies = 4096 / #"{"jsonrpc":"2.0","id":1,"result":{"ok":true}}X"#.utf8.count
        try conversation.write(String(repeating: ping, count: replies))
        var waiting: Int32 = 0
        let end = Date().addingTimeInterval(30)
        while waiting < 4000, Date() < end {
            #expect(ioctl(output, UInt(FIONREAD), &waiting) == 0)
            try await Task.sleep(for: .milliseconds(10))
        }
        try #require(waiting > 4000)
        // Its reply waits for room, and the read after it for input. The mail leaves once the signup is committed.
        try conversation.write(signup("anna"))
        let mails = directory.appendingPathComponent("state/Maildir/new").path
        // The directory is made with the first.
        _ = try await waitFor("mail") { (try? FileManager.default.contentsOfDirectory(atPath: mails))?.first }
        try await Task.sleep(for: .milliseconds(200))
        kill(conversation.process.processIdentifier, SIGTERM)
        try await Task.sleep(for: .milliseconds(200))
        try conversation.write(ping)
        try await Task.sleep(for: .milliseconds(200))
        let text = try await onOwnThread {
            let data = conversation.output.readDataToEndOfFile()
            conversation.process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
        #expect(conversation.process.terminationReason == .exit)
        #expect(conversation.process.terminationStatus == 1)
        #expect(text.split(separator: "\n").count == replies + 2)
        #expect(text.contains("signup_id") && text.contains("SHUTTING_DOWN"))
    }

    @Test("SIGTERM while mail waits ends the waiting, and says what stays queued")
    func stopWhileDraining() async throws {
        let settings = ["SIGNUPD_SMTP_URL": "smtp://127.0.0.1:1?tls=off", "SIGNUPD_MAIL_RETRY_BASE_SECONDS": "1"]
        let conversation = try start(["--drain", "600"], settings: settings)
        defer { conversation.end() }
        try conversation.write(signup("anna"))
        try conversation.input.close()
        #expect(conversation.output.availableData.count > 0)
        try await Task.sleep(for: .milliseconds(300))
        #expect(conversation.process.isRunning)
        kill(conversation.process.processIdentifier, SIGTERM)
        #expect(try await conversation.process.waitUntilExit(seconds: 30))
        #expect(conversation.process.terminationReason == .exit)
        #expect(try conversation.complaints.contains("mail for 1 signup is still queued"))
    }

    @Test("a reader that has gone ends it soon, though a mail server hangs")
    func brokenOutputAndHungMail() async throws {
        let hung = try SilentServer()
        defer { withExtendedLifetime(hung) {} }
        let conversation = try start(settings: ["SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(hung.port)?tls=off"])
        defer { conversation.end() }
        try conversation.write(signup("anna"))
        #expect(conversation.output.availableData.count > 0)
        // The courier has the mail in hand by now.
        try await Task.sleep(for: .milliseconds(500))
        try conversation.output.close()
        try conversation.write(ping)
        #expect(try await conversation.process.waitUntilExit(seconds: 10))
        #expect(conversation.process.terminationStatus == 74)
    }

    @Test("a reader that has gone ends it, though the input goes on")
    func brokenOutput() async throws {
        let conversation = try start()
        defer { conversation.end() }
        try conversation.output.close()
        // A hash takes its time, and meanwhile more input is waited for.
        try conversation.write(signup("anna"))
        #expect(try await conversation.process.waitUntilExit(seconds: 30))
        #expect(conversation.process.terminationReason == .exit)
        #expect(conversation.process.terminationStatus == 74)
        #expect(try conversation.complaints.contains("cannot write standard output"))
    }
}
