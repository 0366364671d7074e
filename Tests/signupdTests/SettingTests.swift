// The README's table of settings is the program's, and the changelog knows this version.

import Foundation
import Testing

@testable import signupd

@Suite("settings and their documentation")
struct SettingTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func lines(_ file: String) throws -> [String] {
        try String(contentsOf: Self.root.appendingPathComponent(file), encoding: .utf8).components(separatedBy: "\n")
    }

    @Test("the README lists every setting with its default, and no other")
    func table() throws {
        let rows = try lines("README.md").filter { $0.hasPrefix("| SIGNUPD_") }
        let expected = Setting.allCases.map { setting in
            "| \(setting.rawValue)\(setting.isSecret ? " *" : "") | \(setting.defaultText) |"
        }
        #expect(rows == expected)
    }

    @Test("the manual explains every setting with its default, and no other")
    func manual() throws {
        let entries = try lines("docs/signupd.1").joined(separator: "\n").components(separatedBy: ".It Ev ").dropFirst()
        let explained = entries.map { String($0.prefix { $0 != "\n" }) }
        let expected = Setting.allCases.map { $0.rawValue + ($0.isSecret ? " No *" : "") }
        #expect(explained.sorted() == expected.sorted())
        for setting in Setting.allCases {
            let entry = entries.first { $0.prefix { $0 != " " && $0 != "\n" } == setting.rawValue }
            #expect(entry?.contains("\nDefault: \(setting.defaultText).\n") == true, "\(setting.rawValue)")
        }
    }

    @Test("the changelog's newest heading is this program's version")
    func version() throws {
        let heading = try lines("CHANGELOG.md").first { $0.hasPrefix("## [") }
        #expect(heading?.hasPrefix("## [\(ProgramVersion.program)]") == true)
    }
}
