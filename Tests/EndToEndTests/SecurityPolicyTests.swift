// SECURITY.md is true: every promise names tests, and they are there.

import Foundation
import Testing

@Suite("SECURITY.md")
struct SecurityPolicyTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The items of the list under "What is promised", each with its lines.
    private func promises() throws -> [[Substring]] {
        let text = try String(contentsOf: Self.root.appendingPathComponent("SECURITY.md"), encoding: .utf8)
        let chapter = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("What is promised") })
        return chapter.split(separator: "\n").reduce(into: []) { promises, line in
            if line.hasPrefix("- ") {
                promises.append([line])
            } else if line.hasPrefix("  "), !promises.isEmpty {
                promises[promises.count - 1].append(line)
            }
        }
    }

    @Test("every promise names a test with its file and its title, and there is such a test")
    func namedTests() throws {
        let promises = try promises()
        #expect(promises.count >= 15)
        for promise in promises {
            var proofs = 0
            for line in promise where line.hasPrefix("  `Tests/") {
                let file = String(line.split(separator: "`")[1])
                let title = try #require(line.split(separator: "\"", maxSplits: 1).last).dropLast()
                let source = try String(contentsOf: Self.root.appendingPathComponent(file), encoding: .utf8)
                let isThere = source.contains("\"\(title)\"")
                #expect(isThere, "\(file) has no test called \(title)")
                proofs += 1
            }
            // Some are held by a command instead.
            let isCommand = promise.contains { $0.contains("`make ") }
            #expect(proofs > 0 || isCommand, "\(promise[0])")
        }
    }

    @Test("the make targets it names are there")
    func makeTargets() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("SECURITY.md"), encoding: .utf8)
        let makefile = try String(contentsOf: Self.root.appendingPathComponent("Makefile"), encoding: .utf8)
        let named = text.split(separator: "`make").dropFirst().map { rest in
            rest.drop { $0.isWhitespace }.prefix { $0.isLetter || $0 == "-" }
        }
        #expect(named.contains("fuzz"))
        for target in named { #expect(makefile.contains("\n\(target):"), "make \(target)") }
    }
}
