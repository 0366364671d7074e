// protocol/vectors/inputs.jsonl against the built program: what is taken, what is refused, and that nothing refused is kept.

import Foundation
import TestProgram
import TestServers
import TestVectors
import Testing

/// One input as a request line, whatever its case is made of.
private struct Input {
    let name: String
    let isAccepted: Bool
    let group: String
    let line: [UInt8]
    /// The address that it would sign up, if that can be read.
    let email: String?

    init(_ members: [String: Any]) throws {
        name = try #require(members["name"] as? String)
        isAccepted = members["expect"] as? String == "accept"
        group = try #require(members["group"] as? String)
        var email = (members["params"] as? [String: Any])?["email"] as? String
        if let text = members["line"] as? String {
            line = Array(text.utf8)
        } else if let encoded = members["line_b64"] as? String {
            line = Array(try #require(Data(base64Encoded: encoded)))
        } else {
            let method = try #require(members["method"] as? String)
            let params = try #require(members["params"] as? [String: Any])
            line = Array(try JSONLine.text(request(1, method, params)).utf8)
        }
        // A line that is no JSON has no address.
        if email == nil, let parsed = try? JSONLine.object(String(decoding: line, as: UTF8.self)) {
            email = (parsed["params"] as? [String: any Sendable])?["email"] as? String
        }
        self.email = email
    }

    static func all() throws -> [Input] {
        let file = Vectors.directory.appending(path: "inputs.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            try Input(try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]))
        }
    }

    /// The fields one of which an error about this input may name; no field is an error of the whole line, as a NUL is.
    var fields: Set<String?> {
        switch group {
        case "line": [nil, "email", "password", "nickname", "params"]
        case "code": [nil, "code"]
        default: [nil, group]
        }
    }
}

extension Conformance {
    @Suite("the inputs of the protocol, against the program")
    struct InputTests {
        @Test("over a pipe and over a socket, what should be taken is taken, and all else is refused by its field")
        func inputs() async throws {
            let inputs = try Input.all()
            #expect(inputs.count >= 150)
            try pipe(inputs)
            try await socket(inputs)
        }

        private func pipe(_ inputs: [Input]) throws {
            let directory = try makeTemporaryDirectory("inputs")
            let program = Program(stateDirectory: directory)
            // A ping behind each line shows that the next line still works.
            let ping = Array(try JSONLine.text(request(2, "service.ping")).utf8)
            let bytes = ([ping] + inputs.flatMap { [$0.line, ping] }).flatMap { $0 + [UInt8(ascii: "\n")] }
            var random = Seed.generator()
            let finished = try program.run(["pipe"], pieces: random.pieces(of: bytes, most: 40))
            let replies = try finished.replies
            try #require(replies.count == inputs.count * 2 + 1)
            for (index, input) in inputs.enumerated() {
                check(input, replies[index * 2 + 1])
                #expect(replies[index * 2 + 2].result?["ok"] as? Bool == true, "after \(input.name)")
            }
            #expect(finished.status == 65)
            try checkStored(program, directory, inputs)
        }

        private func socket(_ inputs: [Input]) async throws {
            let directory = try makeTemporaryDirectory("inputs")
            let program = Program(stateDirectory: directory)
            let server = try await RunningServer(program, directory: directory)
            let client = try SocketClient(path: server.socketPath)
            var random = Seed.generator()
            #expect(try client.call(0, "service.ping").result != nil)
            for input in inputs {
                for piece in random.pieces(of: input.line + [UInt8(ascii: "\n")], most: 5) { try client.send(piece) }
                check(input, try JSONLine.object(try #require(try client.receive())))
                #expect(try client.call(2, "service.ping").result != nil, "after \(input.name)")
            }
            let mails = inputs.count { $0.isAccepted }
            for _ in 0..<500 where try Maildir(stateDirectory: directory).messages().count < mails {
                try await Task.sleep(for: .milliseconds(40))
            }
            #expect(server.stop() == 0)
            try checkStored(program, directory, inputs)
        }

        private func check(_ input: Input, _ reply: [String: any Sendable]) {
            if input.isAccepted {
                #expect(reply.result != nil, "\(input.name): \(reply)")
            } else {
                #expect(reply.result == nil && reply.reason != nil, "\(input.name): \(reply)")
                #expect(input.fields.contains(reply.field), "\(input.name): \(reply)")
            }
        }

        /// Those who were taken are pending and have one mail; nobody else is known, and there is no other mail.
        private func checkStored(_ program: Program, _ directory: URL, _ inputs: [Input]) throws {
            let accepted = inputs.filter(\.isAccepted)
            #expect(try Maildir(stateDirectory: directory).messages().count == accepted.count)
            let known = Set(accepted.compactMap { $0.email?.lowercased() })
            #expect(known.count == accepted.count)
            let addresses = Set(inputs.compactMap { $0.email }).sorted()
            let replies = try program.pipe(addresses.enumerated().map { request($0 + 1, "status", ["email": $1]) })
                .replies
            for (address, reply) in zip(addresses, replies) {
                let state = reply.result?["state"] as? String
                let isKnown = known.contains(address.lowercased())
                #expect(isKnown ? state == "pending" : (state == nil || state == "none"), "\(address): \(reply)")
            }
        }
    }
}
