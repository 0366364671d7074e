import Testing

@testable import Cryptography

@Suite("Argon2id")
struct Argon2idTests {
    private let cheap = Argon2id.Cost(memoryKiB: 64, iterations: 1)
    private let password = SecretBytes("violet-Kettle 41 harbor".utf8)

    @Test("is written in PHC string format, with the cost that was asked for")
    func shape() throws {
        let phc = try Argon2id.hash(password, cost: Argon2id.Cost(memoryKiB: 19_456, iterations: 2))
        #expect(phc.wholeMatch(of: /\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+\/]{22}\$[A-Za-z0-9+\/]{43}/) != nil)
        #expect(try Argon2id.verify(password, against: phc))
    }

    @Test("takes a fresh salt each time")
    func salt() throws {
        #expect(try Argon2id.hash(password, cost: cheap) != Argon2id.hash(password, cost: cheap))
    }

    @Test("knows the password from another, from a longer and from none")
    func mismatch() throws {
        let phc = try Argon2id.hash(password, cost: cheap)
        #expect(try Argon2id.verify(password, against: phc))
        for other in ["violet-Kettle 41 harbos", "violet-Kettle 41 harbor ", "violet-Kettle 41 harbor\0", ""] {
            #expect(try !Argon2id.verify(SecretBytes(other.utf8), against: phc))
        }
    }

    @Test("verifies a hash at the cost the hash names, whoever made it")
    func otherCosts() throws {
        // Made by the reference implementation's command line: printf password | argon2 somesalt -id -k 256 -t 2 -p 1 -e
        let reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
        #expect(try Argon2id.verify(SecretBytes("password".utf8), against: reference))
        #expect(try !Argon2id.verify(SecretBytes("Password".utf8), against: reference))
        let costly = try Argon2id.hash(password, cost: Argon2id.Cost(memoryKiB: 128, iterations: 3))
        #expect(costly.contains("$m=128,t=3,p=1$"))
        #expect(try Argon2id.verify(password, against: costly))
    }

    @Test(
        "tells a hash that is none from a wrong password",
        arguments: ["", "*", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=256,t=2,p=1$c29tc2FsdA"]
    )
    func malformed(phc: String) {
        #expect(throws: Argon2id.Failure.malformedHash) { try Argon2id.verify(password, against: phc) }
    }
}
