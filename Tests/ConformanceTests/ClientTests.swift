// Clients that others wrote, unmodified: each signs up, reads its code, verifies and gets an error.

import Foundation
import TestProgram
import TestServers
import Testing

/// A client under Tests/Clients and what runs it.
struct ForeignClient: Sendable, CustomTestStringConvertible {
    let name: String
    let command: [String]

    var testDescription: String { name }

    static let python = [
        ForeignClient(name: "aiorpcX", command: ["aiorpcx_client.py"]),
        ForeignClient(name: "agent-client-protocol", command: ["acp_client.py"]),
        ForeignClient(name: "jsonrpcclient", command: ["jsonrpcclient_client.py"]),
    ]
    static let system = [
        ForeignClient(name: "Perl's IO::Socket::UNIX and JSON::PP", command: ["perl", "perl_client.pl"]),
        ForeignClient(name: "Node's net", command: ["node", "node_client.js"]),
        ForeignClient(name: "jq and socat", command: ["sh", "shell_client.sh", "socat"]),
        ForeignClient(name: "jq and nc", command: ["sh", "shell_client.sh", "nc"]),
    ]
}

extension Conformance {
    @Suite("clients that exist")
    struct ClientTests {
        private static let clients = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Clients")
        /// A Python with the packages of Tests/Clients/requirements.txt.
        private static let python = Result {
            try PythonEnvironment.python("test-clients", requirements: clients.appending(path: "requirements.txt"))
        }
        /// A client that is stuck is a failure: each takes a second or two.
        private static let timeoutSeconds = "90"

        @Test("a client of the system does the main job", arguments: ForeignClient.system)
        func system(_ client: ForeignClient) async throws {
            try await run(client, command: client.command)
        }

        @Test("a Python package does the main job", arguments: ForeignClient.python)
        func python(_ client: ForeignClient) async throws {
            try await run(client, command: [try Self.python.get(), "-B"] + client.command)
        }

        private func run(_ client: ForeignClient, command: [String]) async throws {
            let directory = try makeTemporaryDirectory("client")
            let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
            let arguments = command.map { $0.contains("_client.") ? Self.clients.appending(path: $0).path : $0 }
            let maildir = directory.appending(path: "Maildir").path
            let output = try Command.run("timeout", [Self.timeoutSeconds] + arguments + [server.socketPath, maildir])
            #expect(String(decoding: output, as: UTF8.self).hasSuffix("signup, verify and an error reply\n"))
            #expect(server.stop() == 0)
        }
    }
}
