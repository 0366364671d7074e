// signupd stats beside a running server: a table for people, numbers for Prometheus.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("signupd stats")
struct StatsTests {
    let directory: URL
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("stats")
        program = Program(stateDirectory: directory)
    }

    private func busyServer() async throws -> RunningServer {
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        _ = try client.call(1, "signup", signupParams("a@example.org", nickname: "Anna"))
        _ = try client.call(2, "signup", signupParams("no address", nickname: "Anna"))
        _ = try client.call(3, "service.ping")
        return server
    }

    @Test("is one table where there is no terminal")
    func table() async throws {
        let server = try await busyServer()
        let shown = try program.run(["stats", "--socket", server.socketPath])
        #expect(shown.status == 0)
        #expect(shown.output.hasPrefix("signupd "))
        #expect(shown.output.contains("\noutbox: "))
        let rows = shown.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let row = try #require(rows.first { $0.first == "signup" })
        #expect(row[1] == "2" && row[3] == "1")
        #expect(row.suffix(2) == ["INVALID_EMAIL", "1"])
        #expect(!shown.output.contains("\u{1B}"))
        #expect(shown.output.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test("refreshes on a terminal until it is stopped, and says when the server is gone")
    func refreshing() async throws {
        let server = try await busyServer()
        let words = program.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
            separator: " "
        )
        let command = "\(try Program.path) stats --interval 0.1 --socket \(server.socketPath)"
        let output = directory.appendingPathComponent("terminal")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = ["-qefc", "env -i TERM=xterm \(words) \(command)", output.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let end = Date().addingTimeInterval(20)
        func shown() -> String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }  // Not there at first.
        while shown().components(separatedBy: "\u{1B}[H").count < 5, Date() < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(shown().components(separatedBy: "\u{1B}[H").count >= 5)
        #expect(server.stop() == 0)
        process.waitUntilExit()
        #expect(process.terminationStatus == 69)
        #expect(shown().contains("nobody serves \(server.socketPath)"))
    }

    @Test("prints what Prometheus takes: every sample under its type, once, and the counts are right")
    func prometheus() async throws {
        let server = try await busyServer()
        let shown = try program.run(["stats", "--prometheus", "--socket", server.socketPath])
        #expect(shown.status == 0)
        let samples = try MetricsText(shown.output).samples
        #expect(samples["signupd_up"] == 1)
        #expect(samples[#"signupd_requests_total{method="signup",reason="ok"}"#] == 1)
        #expect(samples[#"signupd_requests_total{method="signup",reason="INVALID_EMAIL"}"#] == 1)
        #expect(samples[#"signupd_requests_total{method="service.ping",reason="ok"}"#] == 1)
        #expect(samples[#"signupd_request_duration_seconds_count{method="signup"}"#] == 2)
        let sum = try #require(samples[#"signupd_request_duration_seconds_sum{method="signup"}"#])
        let highest = try #require(samples[#"signupd_request_duration_seconds{method="signup",quantile="0.99"}"#])
        #expect(sum >= highest && sum <= 2 * highest)
        #expect(samples[#"signupd_backend_up{backend="sqlite"}"#] == 1)
        #expect(samples[#"signupd_outbox_mails{state="dead"}"#] == 0)
        #expect(samples["signupd_connections_open"] == 1)
    }

    @Test("tells what mail is owed while the mail server hangs")
    func hungMailServer() async throws {
        let hung = try SilentServer()
        defer { withExtendedLifetime(hung) {} }
        let settings = ["SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(hung.port)?tls=off"]
        let program = Program(stateDirectory: directory, settings: settings)
        let server = try await RunningServer(program, directory: directory)
        let metrics = try program.run(["stats", "--prometheus", "--socket", server.socketPath])
        #expect(metrics.status == 0)
        let samples = try MetricsText(metrics.output).samples
        #expect(samples[#"signupd_backend_up{backend="smtp"}"#] == 0)
        #expect(samples[#"signupd_outbox_mails{state="queued"}"#] == 0)
    }

    @Test("says that nobody serves the socket, and to Prometheus that the server is down")
    func down() throws {
        let table = try program.run(["stats", "--socket", directory.path + "/none"])
        #expect(table.status == 69)
        #expect(table.errors.contains("nobody serves"))
        let metrics = try program.run(["stats", "--prometheus", "--socket", directory.path + "/none"])
        #expect(metrics.status == 69)
        #expect(try MetricsText(metrics.output).samples == ["signupd_up": 0])
    }
}

/// Prometheus's text format, read strictly: what its own parser and linter ask for, as far as we use it.
private struct MetricsText {
    private(set) var samples: [String: Double] = [:]

    init(_ text: String) throws {
        var types: [String: String] = [:]
        var family = ""
        guard text.hasSuffix("\n") else { throw ServerFailure("the last line has no end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let match = line.wholeMatch(of: /# HELP ([a-z_]+) (.+)/) {
                family = String(match.1)
                guard types[family] == nil else { throw ServerFailure("\(family) stands in two places") }
            } else if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|summary)/) {
                guard match.1 == family else { throw ServerFailure("no help for \(match.1)") }
                guard (match.2 == "counter") == family.hasSuffix("_total") else {
                    throw ServerFailure("\(family): \(match.2)")
                }
                types[family] = String(match.2)
            } else if let match = line.wholeMatch(
                of:
                    /(([a-z_]+)(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})?) ([0-9.e-]+)/
            ) {
                let name = String(match.2)
                let names = types[family] == "summary" ? [family, family + "_sum", family + "_count"] : [family]
                guard types[family] != nil, names.contains(name) else { throw ServerFailure("\(name) has no type") }
                guard samples[String(match.1)] == nil, let value = Double(match.3) else {
                    throw ServerFailure("twice, or no number: \(line)")
                }
                samples[String(match.1)] = value
            } else {
                throw ServerFailure("no line of the format: \(line)")
            }
        }
    }
}
