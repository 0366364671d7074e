// The file of --config: lines of NAME=VALUE, as systemd's EnvironmentFile has them.

import SystemPackage

/// What a file of settings says. A comment begins its line with `#`; of two lines with one name, the later counts.
struct SettingsFile {
    /// White space around them is gone, and quotes around the whole of a value.
    private(set) var values: [String: String] = [:]
    /// The names, in their order.
    private(set) var names: [String] = []
    /// The numbers, from 1, of the lines that say nothing: what is in one is not shown, for it may be the rest of a secret.
    private(set) var oddLines: [Int] = []

    /// Every setting with a comment has room in it twice over.
    private static let byteLimit = 1_048_576

    struct Unusable: Error {
        let problem: String
    }

    init(path: String) throws(Unusable) {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileDescriptor.contents(of: path, limit: Self.byteLimit)
        } catch {
            throw Unusable(problem: "cannot read \(path): \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Unusable(problem: "\(path) is not UTF-8; save it as that")
        }
        // Editors of other systems begin a file with a mark of its encoding, and end its lines with two bytes.
        let lines = text.unicodeScalars.trimmingPrefix("\u{FEFF}".unicodeScalars).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        for (number, line) in zip(1..., lines) {
            let line = Self.trimmed(Substring(line))
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                oddLines.append(number)
                continue
            }
            let name = String(Self.trimmed(parts[0]))
            names.append(name)
            values[name] = String(Self.unquoted(Self.trimmed(parts[1])))
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func unquoted(_ value: Substring) -> Substring {
        guard value.utf8.count > 1, let quote = value.first, quote == "\"" || quote == "'", value.last == quote else {
            return value
        }
        return value.dropFirst().dropLast()
    }
}
