// signupd stats: what a running server does. On a terminal a table that refreshes; elsewhere one table, or numbers for
// Prometheus.

import ArgumentParser
import Foundation
import Wire

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows what a running server does.",
        discussion: """
            On a terminal the table refreshes until Ctrl-C. --prometheus prints the text exposition format, for a file that \
            the node exporter's textfile collector reads; if nobody serves the socket it prints signupd_up 0. Exit status 69 \
            if nobody serves the socket, or not this user.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(help: "The server's socket. Default: SIGNUPD_SOCKET.", completion: .file())
    var socket: String?

    @Flag(help: "Print metrics in Prometheus's text format.")
    var prometheus = false

    @Flag(help: "Print one table, also on a terminal.")
    var once = false

    @Option(help: ArgumentHelp("Between two tables on a terminal.", valueName: "seconds"))
    var interval: Double = 2

    func validate() throws {
        guard (0.1...3600).contains(interval) else {
            throw ValidationError("--interval must be from 0.1 to 3600 seconds")
        }
    }

    func run() async throws {
        let path = try SocketPath.find(socket, settings)
        if prometheus { return try printMetrics(path) }
        var last = try look(path)
        guard !once, isatty(STDOUT_FILENO) == 1 else { return print(StatisticsTable(last).text) }
        try show(StatisticsTable(last))
        while true {
            try await Task.sleep(for: .milliseconds(Int64(interval * 1000)))
            let report = try look(path)
            // A server that was restarted counts from zero.
            let isSameServer = report.uptimeSeconds >= last.uptimeSeconds
            try show(StatisticsTable(report, before: isSameServer ? last : nil, seconds: interval))
            last = report
        }
    }

    private func printMetrics(_ path: String) throws {
        do throws(CallFailure) {
            print(Exposition(try Self.report(path)).text, terminator: "")
        } catch {
            // Who is not let in knows nothing of the server's state.
            if error.tellsOfAServerDown { print(Exposition.down, terminator: "") }
            throw refusal("signupd: \(error)\n", .unavailable)
        }
    }

    private func look(_ path: String) throws -> ServiceReport {
        do throws(CallFailure) {
            return try Self.report(path)
        } catch {
            throw refusal("signupd: \(error)\n", .unavailable)
        }
    }

    /// The cursor to the corner, the table, and nothing left of the one before.
    private func show(_ table: StatisticsTable) throws {
        let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = "\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    private static func report(_ path: String) throws(CallFailure) -> ServiceReport {
        ServiceReport(
            info: try ask("service.info", path),
            statistics: try ask("service.stats", path),
            health: try ask("service.health", path)
        )
    }

    private static func ask(_ method: String, _ path: String) throws(CallFailure) -> JSONValue {
        let line = RequestWriter.line(id: .integer(1), method: method, params: [:])
        let reply = try SocketCall(path: path, timeoutSeconds: 10).exchange(line)
        switch reply.outcome {
        case .success(let result): return result
        case .failure(let error): throw .refused(path: path, error)
        }
    }
}

/// Which socket a client's command means.
enum SocketPath {
    /// The flag, else the setting, else where a server would make it.
    static func find(_ socket: String?, _ options: SettingsOptions) throws -> String {
        var flags = options.flags
        if let socket { flags.append("\(Setting.socket.rawValue)=\(socket)") }
        let environment = ProcessInfo.processInfo.environment
        var reader = SettingsReader(flags: flags, environment: environment, configFile: options.config)
        let path = reader.text(.socket)
        let state = StateDirectory(reader.text(.stateDirectory), environment: environment)
        guard reader.mistakes.isEmpty else {
            throw refusal(reader.refusals.description, .configuration)
        }
        return path ?? state.socketPath(environment)
    }
}
