// The program and protocol/openrpc.json cannot drift apart: methods, errors and limits are compared, all of them.

import ArgumentParser
import Foundation
import Logging
import Testing
import Wire

@testable import signupd

@Suite("protocol/openrpc.json and the program")
struct ProtocolDocumentTests {
    private let document: JSONObject

    init() throws {
        guard case .object(let document) = ProtocolDocument.value else { throw NoObject() }
        self.document = document
    }

    private struct NoObject: Error {}

    private func member(_ path: String...) throws -> JSONObject {
        var object = document
        for name in path {
            guard case .object(let next)? = object[name] else { throw NoObject() }
            object = next
        }
        return object
    }

    private func withApplication(_ body: (Application) throws -> Void) async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("signupd-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }  // Left over, it does no harm.
        let options = try SettingsOptions.parse(["--set", "STATE_DIR=\(state.path)"])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let settings = try Settings.load(options)
        let application = try Application(
            settings,
            remembersOwedMail: false,
            operators: Operators(named: []),
            logger: logger
        )
        defer { application.shutDown() }
        try body(application)
    }

    @Test("the program carries the file itself")
    func file() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../protocol/openrpc.json")
        #expect(try JSONValue.parse(Data(contentsOf: path)) == ProtocolDocument.value)
    }

    @Test("every method of the program is documented, and every documented method is there")
    func methods() async throws {
        let documented = ProtocolDocument.methods.map(\.name).sorted()
        try await withApplication { application in
            let names = application.methods.names
            // The three for operators come together, or are not there yet.
            let isWhole = names.contains { $0.hasPrefix("outbox.") }
            #expect(names == documented.filter { isWhole || !$0.hasPrefix("outbox.") })
        }
    }

    @Test("every reason has the code, the message and the status that the document promises")
    func errors() throws {
        let documented = try member("components", "errors")
        #expect(documented.members.map(\.name).sorted() == ErrorReason.allCases.map(\.rawValue).sorted())
        for reason in ErrorReason.allCases {
            let entry = try member("components", "errors", reason.rawValue)
            #expect(entry["code"] == .integer(Int64(reason.code)), "\(reason)")
            #expect(entry["message"] == .string(reason.message), "\(reason)")
            let properties = try member("components", "errors", reason.rawValue, "data", "properties")
            #expect(properties["status"] == ["const": .integer(Int64(reason.status))], "\(reason)")
            #expect(properties["reason"] == ["const": .string(reason.rawValue)], "\(reason)")
        }
    }

    @Test("the limits without any setting are those of the document, all of them and no others")
    func limits() async throws {
        let documented = try member("x-limits")
        try await withApplication { application in
            let limits = application.limits.members
            #expect(limits.members.map(\.name).sorted() == documented.members.map(\.name).sorted())
            for limit in documented.members { #expect(limits[limit.name] == limit.value, "\(limit.name)") }
        }
    }

    @Test("as one reply it is shorter than a reply may be, with the longest id")
    func size() {
        let id = RequestID.string(String(repeating: "\u{7}", count: WireLimits().idByteCount))
        let line = ReplyWriter.line(id: id, outcome: .success(ProtocolDocument.value))
        #expect(line.count < WireLimits().replyByteCount)
        #expect(String(decoding: line, as: UTF8.self).contains("x-limits"))
    }
}
