// docs/limits.md against the program: its settings with their defaults, and tests that exist.

import Foundation
import Testing

@testable import signupd

@Suite("the table of limits")
struct LimitsDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What an operator limits by a number; all other settings say where, who or how.
    private static let limits: Set<Setting> = [
        .codeTries, .codeLifetimeSeconds, .guessesPerDay, .resendAfterSeconds, .resendPerHour, .resendPerDay,
        .mailsPerHour,
        .signupsPerClient, .verificationsPerClient, .clientWindowSeconds, .passwordMinimumLength, .passwordQueue,
        .connections, .connectionsPerUser, .idleSeconds,
    ]

    private struct Row {
        let setting: String
        let standard: String
        let test: String
    }

    private static func rows() throws -> [Row] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/limits.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.contains("| SIGNUPD_") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(setting: cells[1], standard: cells[2], test: cells[cells.count - 1])
        }
    }

    @Test("has every limit with its default")
    func settings() throws {
        let rows = try Self.rows()
        #expect(Set(rows.map(\.setting)) == Set(Self.limits.map(\.rawValue)))
        #expect(rows.count == Self.limits.count)
        for row in rows { #expect(Setting(rawValue: row.setting)?.defaultText == row.standard, "\(row.setting)") }
    }

    @Test("names tests that there are")
    func tests() throws {
        let files = FileManager.default.enumerator(
            at: Self.root.appendingPathComponent("Tests"),
            includingPropertiesForKeys: nil
        )
        var sources = ""
        while let file = files?.nextObject() as? URL {
            if file.pathExtension == "swift" { sources += try String(contentsOf: file, encoding: .utf8) }
        }
        for row in try Self.rows() { #expect(sources.contains("\"\(row.test)\""), "\(row.test)") }
    }
}
