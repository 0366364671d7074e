// A look at a server for a terminal: three lines of state, then a line a method.

struct StatisticsTable {
    private static let heading = [
        "METHOD", "REQUESTS", "/S", "ERRORS", "P50 MS", "P90 MS", "P99 MS", "MAX MS", "MOSTLY",
    ]
    private let report: ServiceReport
    private let before: ServiceReport?
    private let seconds: Double

    /// - Parameters:
    ///   - before: an earlier look, for rates; without it the rates are over the whole life of the server.
    ///   - seconds: between the two.
    init(_ report: ServiceReport, before: ServiceReport? = nil, seconds: Double = 1) {
        self.report = report
        self.before = before
        self.seconds = seconds
    }

    var text: String {
        ([summary, backends, outbox, ""] + methods).joined(separator: "\n")
    }

    private var summary: String {
        let connections = report.connections.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        let messages = report.messages.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }
        let parts = ["signupd \(report.version), up \(Self.time(report.uptimeSeconds))", "connections: \(connections)"]
        return (parts + (messages.isEmpty ? [] : ["messages: " + messages.joined(separator: ", ")]))
            .joined(separator: "   ")
    }

    private var backends: String {
        report.backends.map { backend in
            backend.isUp
                ? "\(backend.name): \(Self.decimal(backend.latency ?? 0)) ms"
                : "\(backend.name): DOWN, \(backend.reason ?? "no reason given")"
        }.joined(separator: "   ")
    }

    private var outbox: String {
        guard let outbox = report.outbox else { return "outbox: unknown, it could not be asked" }
        let oldest = outbox.queued > 0 ? ", the oldest for \(Self.time(outbox.oldestSeconds))" : ""
        return "outbox: \(outbox.queued) queued\(oldest); \(outbox.dead) dead"
    }

    private var methods: [String] {
        guard !report.methods.isEmpty else { return ["no requests yet"] }
        let rows = [Self.heading] + report.methods.map(row)
        let widths = Self.heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                // Names stand on the left, numbers on the right.
                return column == 0 ? row[column] + space : column == row.count - 1 ? row[column] : space + row[column]
            }.joined(separator: "  ").trimmingTrailingSpaces
        }
    }

    private func row(_ method: ServiceReport.Method) -> [String] {
        let earlier = before?.methods.first { $0.name == method.name }?.requests ?? 0
        let rate =
            before == nil
            ? Double(method.requests) / Double(max(1, report.uptimeSeconds))
            : Double(method.requests - earlier) / max(0.001, seconds)
        let most = method.errors.max { $0.count < $1.count }
        return [method.name, "\(method.requests)", Self.decimal(rate), "\(method.requests - method.results)"]
            + ["p50", "p90", "p99", "max"].map { Self.decimal(method.latency[$0] ?? 0) }
            + [most.map { "\($0.reason) \($0.count)" } ?? ""]
    }

    /// One decimal below a hundred, none above.
    private static func decimal(_ number: Double) -> String {
        number >= 99.95 ? "\(Int(number.rounded()))" : "\((number * 10).rounded() / 10)"
    }

    private static func time(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
    }
}
