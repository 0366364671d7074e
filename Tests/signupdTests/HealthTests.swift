// service.health tells everyone whether a backend is well, and operators why it is not.

import ArgumentParser
import Foundation
import Logging
import Testing
import Wire

@testable import signupd

@Suite("service.health")
struct HealthTests {
    /// What health says of a program whose every part has been shut down.
    private func reports(to userID: UInt32) async throws -> [String: JSONObject] {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("signupd-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }  // Left over, it does no harm.
        let options = try SettingsOptions.parse(["--set", "STATE_DIR=\(state.path)"])
        let application = try Application(
            try Settings.load(options),
            remembersOwedMail: false,
            operators: Operators(named: [4711]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        application.shutDown()
        let context = RequestContext(deadline: .now + .seconds(5), peer: Peer(userID: userID, groupID: 0))
        let outcome = await application.methods.run(
            Request(id: .integer(1), method: "service.health"),
            context: context
        )
        guard case .success(.object(let health)) = outcome, case .object(let backends)? = health["backends"],
            case .object(let outbox)? = health["outbox"], case .object(let sqlite)? = backends["sqlite"]
        else { throw NoReport() }
        return ["outbox": outbox, "sqlite": sqlite]
    }

    private struct NoReport: Error {}

    @Test("operators learn why a part is not well", arguments: [0, 4711])
    func operators(userID: UInt32) async throws {
        for (part, report) in try await reports(to: userID) {
            #expect(report["ok"] == false, "\(part)")
            guard case .string(let reason)? = report["reason"], !reason.isEmpty else {
                Issue.record("no reason for \(part)")
                continue
            }
        }
    }

    @Test("others learn that it is not")
    func others() async throws {
        for (part, report) in try await reports(to: 4712) {
            #expect(report == ["ok": false], "\(part)")
        }
    }
}
