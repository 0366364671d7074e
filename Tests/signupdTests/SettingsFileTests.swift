// The file of --config, as editors of all systems write it.

import Foundation
import Testing

@testable import signupd

@Suite("a file of settings")
struct SettingsFileTests {
    private func file(_ bytes: [UInt8]) throws -> SettingsFile {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("signupd-\(UUID().uuidString).conf")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }  // Left over, it does no harm.
        return try SettingsFile(path: url.path)
    }

    @Test("has lines of NAME=VALUE, comments, and white space where it does no harm")
    func lines() throws {
        let file = try file(Array("# ours\n\n A = 1=2 \n\tB=\n  # C=3\nA=4".utf8))
        #expect(file.values == ["A": "4", "B": ""])
        #expect(file.names == ["A", "B", "A"])
        #expect(file.oddLines.isEmpty)
    }

    @Test("reads the same with the line ends and the mark of other systems")
    func otherSystems() throws {
        let text = "# ours\nA=1\nB=2\n"
        let other = "\u{FEFF}" + text.replacing("\n", with: "\r\n")
        #expect(try file(Array(other.utf8)).values == ["A": "1", "B": "2"])
        #expect(try file(Array(text.utf8)).values == ["A": "1", "B": "2"])
    }

    @Test("takes the quotes around a whole value for quotes")
    func quotes() throws {
        let file = try file(
            Array(
                #"""
                A="one two"
                B='one "two"'
                C="Ada" <ada@example.org>
                D="
                E=""
                """#.utf8
            )
        )
        #expect(
            file.values == ["A": "one two", "B": #"one "two""#, "C": #""Ada" <ada@example.org>"#, "D": "\"", "E": ""]
        )
    }

    @Test("tells the numbers of lines that say nothing")
    func oddLines() throws {
        #expect(try file(Array("A=1\r\nhunter2secret\r\n=3\r\n".utf8)).oddLines == [2, 3])
    }

    @Test("is refused where it cannot be read whole", arguments: [[0x41, 0x3D, 0xFF], [0xFE, 0xFF, 0x00, 0x41]])
    func encoding(bytes: [UInt8]) throws {
        #expect(throws: SettingsFile.Unusable.self) { try file(bytes) }
    }

    @Test("is refused with the system's reason, and where it is larger than any file of settings")
    func unreadable() throws {
        func problem(_ path: String) -> String {
            do throws(SettingsFile.Unusable) {
                _ = try SettingsFile(path: path)
                return ""
            } catch {
                return error.problem
            }
        }
        #expect(problem("/dev") == "cannot read /dev: Is a directory")
        #expect(problem("/dev/none") == "cannot read /dev/none: No such file or directory")
        #expect(problem("/dev/zero") == "cannot read /dev/zero: File too large")
    }
}
