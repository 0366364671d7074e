// What a person and a script are told beside the replies of a pipe.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd pipe beside its replies")
struct PipeProgressTests {
    let directory: URL
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("progress")
        program = Program(stateDirectory: directory)
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"service.ping"}"# + "\n"
        try Data(String(repeating: ping, count: 500).utf8).write(to: directory.appendingPathComponent("in"))
    }

    /// Runs a shell command on a terminal of its own; returns what the terminal saw.
    private func onTerminal(_ command: String) throws -> String {
        try program.command("/usr/bin/script", ["-qec", command, "/dev/null"]).outputAtExit()
    }

    @Test("on a terminal the progress is shown, and redrawn in place; --no-progress silences it")
    func terminal() throws {
        let command = "\(try Program.path) pipe < \(directory.path)/in > \(directory.path)/out"
        let shown = try onTerminal(command)
        #expect(shown.contains("\r\u{1B}[K"))
        #expect(shown.contains("500 done"))
        #expect(shown.contains("0 errors"))
        let replies = try String(contentsOfFile: directory.path + "/out", encoding: .utf8)
        #expect(replies.split(separator: "\n").count == 500)
        #expect(!(try onTerminal(command + " --no-progress").contains("done")))
    }

    @Test("without a terminal there is none, even if it is asked for")
    func noTerminal() throws {
        let finished = try program.pipe([request(1, "service.ping")], ["--progress"])
        #expect(finished.status == 0)
        #expect(!finished.errors.contains("done"))
    }

    @Test("a notification is warned about, and with a reply among the requests the exit status is 65 too")
    func unexecuted() throws {
        let notification = try program.run(["pipe"], input: #"{"jsonrpc":"2.0","method":"service.ping"}"# + "\n")
        #expect(notification.status == 65)
        #expect(notification.errors.contains("without an id"))
        let response = try program.run(["pipe"], input: #"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\n")
        #expect(response.status == 65)
        #expect(response.output.isEmpty)
        #expect(response.errors.contains("not requests"))
    }
}
