// The baselines in C, run to their end: each prints one line of NAME=VALUE.

import Foundation
import TestServers

struct BaselineProgram: Sendable {
    let directory: URL

    /// The promotions of `count` pending signups, from so many connections.
    func promotions(_ stage: ServerStage, connections: Int, count: Int) async throws -> [String: Double] {
        let arguments = [
            "BASELINE_PASSWORD=\(stage.mariadb.password)", path("PromotionBaseline"), stage.mariadb.socketPath,
            stage.mariadb.user, stage.baselineDatabase, "\(connections)", "\(count)",
        ]
        return try await onThread { try Self.figures(try Command.run("env", arguments)) }
    }

    /// `count` mails over so many connections.
    func mails(_ stage: ServerStage, connections: Int, count: Int) async throws -> [String: Double] {
        let arguments = ["\(stage.sink.port)", "\(connections)", "\(count)"]
        let program = path("MailBaseline")
        return try await onThread { try Self.figures(try Command.run(program, arguments)) }
    }

    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    private static func figures(_ output: Data) throws -> [String: Double] {
        let words = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        var figures: [String: Double] = [:]
        for word in words {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let value = Double(parts[1]) else { throw ServerFailure("no figure: \(word)") }
            figures[String(parts[0])] = value
        }
        return figures
    }
}
