// The report for people: the settings, then a block for each part, the remedy under what needs one.

import Foundation
import Signup

struct CheckScreen {
    private let report: CheckReport
    private let hasColour: Bool

    init(_ report: CheckReport, hasColour: Bool) {
        self.report = report
        self.hasColour = hasColour
    }

    /// Colour is for terminals, and for people who have not said no (no-color.org).
    static func wantsColour(_ environment: [String: String]) -> Bool {
        isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
    }

    var text: String {
        ([settings] + report.sections.map(block) + [summary]).joined(separator: "\n\n") + "\n"
    }

    private var settings: String {
        let width = report.settings.map(\.setting.rawValue.count).max() ?? 0
        let rows = report.settings.map { shown in
            let row = "  \(Self.padded(shown.setting.rawValue, to: width))  \(shown.value)  (\(shown.origin))"
            return shown.origin == .standard ? painted(row, "2") : row
        }
        return (["Settings"] + rows).joined(separator: "\n")
    }

    private func block(_ section: CheckReport.Section) -> String {
        let width = section.findings.map(\.subject.count).max() ?? 0
        let rows = section.findings.flatMap { finding in
            let mark = painted(Self.padded(Self.word(finding.grade), to: 6), Self.colour(finding.grade))
            let row = "  \(mark)  \(Self.padded(finding.subject, to: width))  \(finding.value)"
            return [row] + (finding.remedy.map { ["          → \($0)"] } ?? [])
        }
        return ([section.title] + rows).joined(separator: "\n")
    }

    private var summary: String {
        let (faults, advice) = (report.count(.fault), report.count(.advice))
        if report.grade == .good { return painted("All is well.", Self.colour(.good)) }
        let texts = [(faults, "fault"), (advice, "piece")].filter { $0.0 > 0 }.map { count, word in
            let plural = count == 1 ? word : word + "s"
            return "\(count) \(plural)" + (word == "piece" ? " of advice" : "")
        }
        return painted(texts.joined(separator: ", ") + ".", Self.colour(report.grade))
    }

    private static func word(_ grade: CheckFinding.Grade) -> String {
        switch grade {
        case .good: "ok"
        case .advice: "advice"
        case .fault: "FAULT"
        }
    }

    /// Parameters of SGR: green, yellow, red.
    private static func colour(_ grade: CheckFinding.Grade) -> String {
        switch grade {
        case .good: "32"
        case .advice: "33"
        case .fault: "31"
        }
    }

    private func painted(_ text: String, _ colour: String) -> String {
        hasColour ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
