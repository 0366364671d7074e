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

    @Test("the changelog's newest heading is this program's version")
    func version() throws {
        let heading = try lines("CHANGELOG.md").first { $0.hasPrefix("## [") }
        #expect(heading?.hasPrefix("## [\(ProgramVersion.program)]") == true)
    }
}
