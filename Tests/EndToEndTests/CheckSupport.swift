// A run of `signupd check`, read from its JSON.

import Foundation
import TestProgram
import TestServers

/// What one run said.
struct CheckRun {
    struct Finding: Equatable, CustomStringConvertible {
        let grade: String
        let value: String
        let remedy: String?

        var description: String { "\(grade): \(value)" + (remedy.map { " → \($0)" } ?? "") }
    }

    let status: Int32
    let grade: String
    /// By `Section/subject`.
    let findings: [String: Finding]
    /// By variable: value and origin.
    let settings: [String: (value: String, from: String)]
    let output: String

    init(_ program: Program, _ arguments: [String] = []) throws {
        let finished = try program.run(["check", "--json"] + arguments)
        status = finished.status
        output = finished.output + finished.errors
        let object = try JSONLine.object(finished.output)
        grade = object["grade"] as? String ?? ""
        var findings: [String: Finding] = [:]
        for section in object["sections"] as? [[String: any Sendable]] ?? [] {
            let title = section["title"] as? String ?? ""
            for finding in section["findings"] as? [[String: any Sendable]] ?? [] {
                findings["\(title)/\(finding["subject"] as? String ?? "")"] = Finding(
                    grade: finding["grade"] as? String ?? "",
                    value: finding["value"] as? String ?? "",
                    remedy: finding["remedy"] as? String
                )
            }
        }
        self.findings = findings
        settings = (object["settings"] as? [[String: any Sendable]] ?? []).reduce(into: [:]) { settings, setting in
            guard let name = setting["name"] as? String else { return }
            settings[name] = (setting["value"] as? String ?? "", setting["from"] as? String ?? "")
        }
    }

    /// Everything that is not green.
    var complaints: [String: Finding] { findings.filter { $0.value.grade != "green" } }
}
