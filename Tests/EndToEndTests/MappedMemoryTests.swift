// The program's own mmap and munmap at work: the C libraries find them, and what a hash took goes back.

import Cryptography
import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the program's mmap and munmap")
struct MappedMemoryTests {
    /// Of one hash, as it is unless set otherwise.
    private static let hashMiB = 19
    private static let password = "violet-Kettle 41 harbor"

    @Test("are what the C libraries find", arguments: ["mmap", "munmap"])
    func isExported(name: String) throws {
        let symbols = String(decoding: try Command.run("nm", ["-D", "--defined-only", Program.path]), as: UTF8.self)
        #expect(symbols.split(separator: "\n").contains { $0.hasSuffix(" T \(name)") })
    }

    @Test("serve forty hashes at once: every one is right, and none of their memory is kept in the end")
    func signups() async throws {
        let settings = ["SIGNUPD_PASSWORD_MEMORY_KIB": "19456", "SIGNUPD_PASSWORD_ITERATIONS": "2"]
        let house = try await House(.embedded, settings)
        #expect(try house.client.call(1, "service.ping").result != nil)
        let before = try memory(house)
        for number in 0..<40 {
            let request: [String: Any] = [
                "jsonrpc": "2.0", "id": number, "method": "signup",
                "params": signupParams("m\(number)@example.org", nickname: "M\(number)", password: Self.password),
            ]
            try house.client.send(JSONLine.text(request) + "\n")
        }
        var most = 0
        for _ in 0..<40 {
            let reply = try JSONLine.object(try #require(try house.client.receive()))
            #expect(reply.result != nil, "\(reply)")
            most = max(most, try memory(house))
        }
        #expect(most >= before + Self.hashMiB)
        let hashes = try house.rows("SELECT password_hash FROM signups")
        #expect(hashes.count == 40)
        for hash in hashes { #expect(try Argon2id.verify(SecretBytes(Self.password.utf8), against: hash)) }
        let end = ContinuousClock.now + .seconds(10)
        while try memory(house) >= before + Self.hashMiB, .now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try memory(house) < before + Self.hashMiB)
    }

    private func memory(_ house: House) throws -> Int {
        try ProcessMemory.anonymousMiB(house.server.processIdentifier)
    }
}
