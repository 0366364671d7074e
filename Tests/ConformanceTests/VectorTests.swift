// protocol/vectors against the built program: over a pipe and over a socket, however the bytes are cut.

import Foundation
import TestProgram
import TestServers
import TestVectors
import Testing

extension Conformance {
    @Suite("the vectors of the protocol, against the program")
    struct VectorTests {
        /// Every case is tried with its bytes whole, and cut at some places.
        private static let mostPieces = [1, 12]

        @Test(
            "a case holds through signupd pipe",
            arguments: Vectors.wire.filter { $0.holdsInPipe && $0.needsNoTestMethod }
        )
        func pipe(_ vector: WireCase) throws {
            var random = Seed.generator()
            for most in Self.mostPieces {
                let directory = try makeTemporaryDirectory("vector")
                let program = Program(stateDirectory: directory)
                let pieces = random.pieces(of: vector.input, most: most)
                let finished = try program.run(["pipe"] + vector.arguments, pieces: pieces)
                vector.check(Array(finished.output.utf8))
                if let status = vector.exitStatus { #expect(finished.status == status, "\(finished.errors)") }
                try FileManager.default.removeItem(at: directory)
            }
        }

        @Test("every case for a socket holds over signupd serve")
        func socket() async throws {
            let directory = try makeTemporaryDirectory("vectors")
            let server = try await RunningServer(Program(stateDirectory: directory), directory: directory)
            var random = Seed.generator()
            let vectors = Vectors.wire.filter { $0.holdsOnSocket && $0.needsNoTestMethod && $0.arguments.isEmpty }
            #expect(vectors.count > 50)
            for most in Self.mostPieces {
                for vector in vectors {
                    let client = try SocketClient(path: server.socketPath)
                    for piece in random.pieces(of: vector.input, most: most) { try client.send(piece) }
                    client.halfClose()
                    var output: [UInt8] = []
                    while let line = try client.receive() { output += Array(line.utf8) + [UInt8(ascii: "\n")] }
                    vector.check(output)
                }
            }
            #expect(server.stop() == 0)
        }
    }
}

/// Where the bytes are cut: somewhere else on every run. SIGNUPD_TEST_SEED brings a run back.
enum Seed {
    private static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["SIGNUPD_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("SIGNUPD_TEST_SEED=\(seed)")
        return seed
    }()

    static func generator() -> SeededGenerator { SeededGenerator(seed: seed) }
}
