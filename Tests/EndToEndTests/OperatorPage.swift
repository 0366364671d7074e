// The pages of docs/, as what they tell an operator to type.

import Foundation
import TestServers

/// A page whose command blocks are marked: `<!-- run: NAME -->` for those that run here, `<!-- clean root: NAME -->` for those
/// that `make check-deb` runs in a clean Debian.
struct OperatorPage {
    let name: String
    /// By their names.
    let blocks: [String: String]
    /// Blocks of commands that nobody runs.
    let unmarked: [String]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }.sorted()
    }

    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        var blocks: [String: String] = [:]
        var unmarked: [String] = []
        var mark: String?
        var block: String?
        var isCommands = false
        for line in text.components(separatedBy: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("<!-- ") {
                mark = String(line.dropFirst("<!-- ".count).dropLast(" -->".count))
            } else if line.hasPrefix("```"), block == nil {
                (block, isCommands) = ("", line == "```sh")
            } else if line == "```", let code = block {
                if let mark, mark.hasPrefix("run: ") {
                    blocks[String(mark.dropFirst("run: ".count))] = code
                } else if isCommands, mark?.hasPrefix("clean root: ") != true {
                    unmarked.append(code)
                }
                (mark, block) = (nil, nil)
            } else if block != nil {
                block? += line + "\n"
            }
        }
        self.blocks = blocks
        self.unmarked = unmarked
    }
}
