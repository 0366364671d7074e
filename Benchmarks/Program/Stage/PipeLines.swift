// Files of requests for `signupd pipe`, and a look at every reply.

import Foundation
import TestServers

enum PipeLines {
    static func write(_ parameters: [String], method: String, to file: URL) throws {
        var text = ""
        for (index, line) in parameters.enumerated() {
            text += "{\"jsonrpc\":\"2.0\",\"id\":\(index),\"method\":\"\(method)\",\"params\":\(line)}\n"
        }
        try Data(text.utf8).write(to: file)
    }

    /// Throws unless there are so many replies, and every one is a result that holds the mark.
    static func check(_ file: URL, count: Int, holding mark: String) throws {
        let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
        let good = lines.count { $0.contains("\"result\":{") && $0.contains(mark) }
        guard good == count, lines.count == count else {
            let bad = lines.first { !$0.contains("\"result\":{") || !$0.contains(mark) } ?? ""
            throw ServerFailure("\(good) good replies of \(lines.count) to \(count) lines; the first bad one: \(bad)")
        }
    }
}
