// The contract in the program's own words: signupd discover, rpc.discover, and the list of signupd call.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the document")
struct SocketDiscoverTests {
    let directory: URL
    let program: Program

    init() throws {
        directory = try makeTemporaryDirectory("discover")
        program = Program(stateDirectory: directory)
    }

    @Test("signupd discover and rpc.discover give protocol/openrpc.json, byte for byte the same")
    func same() async throws {
        let printed = try program.run(["discover"])
        #expect(printed.status == 0)
        #expect(printed.output.utf8.last == UInt8(ascii: "\n"))
        let server = try await RunningServer(program, directory: directory)
        let client = try SocketClient(path: server.socketPath)
        try client.send(#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"# + "\n")
        let reply = try #require(try client.receive())
        #expect(reply == #"{"jsonrpc":"2.0","id":1,"result":"# + printed.output.dropLast() + "}")
        let file = TestData.directory.appendingPathComponent("../../protocol/openrpc.json")
        let document = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSDictionary
        let given = try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? NSDictionary
        #expect(document != nil && document == given)
    }

    @Test("signupd call without a method lists them, a line each, without a server")
    func list() throws {
        let finished = try program.run(["call"])
        #expect(finished.status == 0)
        let lines = finished.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("signup ") && $0.contains("Records a signup") })
        #expect(lines.contains { $0.hasPrefix("rpc.discover ") })
        #expect(lines.allSatisfy { $0.utf8.count < 120 })
    }
}
