import Cryptography
import Testing

@testable import Signup

/// These answers are stored by running services: one that changes here locks out everybody who waits for a code.
@Suite("Signing keys")
struct SigningKeysTests {
    private let key: SigningKey
    private let other: SigningKey
    private let signupID: SignupID

    init() throws {
        key = try #require(SigningKey(secret: Array(0..<32)))
        other = try #require(SigningKey(secret: [UInt8](repeating: 0xA5, count: 32)))
        signupID = try #require(SignupID("0193a7c2-1b2c-7def-8123-456789abcdef"))
    }

    @Test("the digest of no code is another one each time, and no code's")
    func digestOfNoCode() throws {
        let digest = CodeDigest.ofNoCode()
        #expect(digest != CodeDigest.ofNoCode())
        // Not a constant that somebody who reads this could make a guess for.
        #expect(Set(digest.bytes).count > 8)
    }

    @Test("a secret's name, codes, digests and fingerprints never change")
    func knownAnswers() throws {
        #expect(key.id.text == "cc6254ba7a0c5bac")
        #expect(key.code(for: signupID, issue: 1).text == "SCG3DN")
        #expect(key.code(for: signupID, issue: 12).text == "SPFKWY")
        let code = try #require(VerificationCode(typed: "K7M2XQ"))
        #expect(
            Hexadecimal.encode(key.digest(of: code, email: "mira@example.org").bytes)
                == "d9b50aee711e0b9fbd973142e84ed9ef5c0c94c2da449dad2c6f5bf144e6b601"
        )
        #expect(
            Hexadecimal.encode(key.fingerprint(of: Array("request".utf8)))
                == "d4e3c734f34e2b8fbb7940f2b2a8fae862b61310aa0a7c0864edc10f13fde28b"
        )
    }

    @Test("a mark in the log tells addresses apart, and who they are only to the holder of the secret")
    func marks() {
        let mark = key.mark(of: "mira@example.org")
        #expect(mark.count == 12 && mark.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(mark == key.mark(of: "mira@example.org"))
        #expect(mark != key.mark(of: "mirb@example.org"))
        #expect(mark != other.mark(of: "mira@example.org"))
        #expect(mark != BLAKE2b.withDigest(of: "mira@example.org") { Hexadecimal.encode($0.prefix(6)) })
    }

    @Test("a code belongs to one signup, one issue and one secret")
    func codes() throws {
        let code = key.code(for: signupID, issue: 1)
        let stranger = try #require(SignupID("0193a7c2-1b2c-7def-8123-456789abcdee"))
        #expect(code == key.code(for: signupID, issue: 1))
        #expect(code != key.code(for: signupID, issue: 2))
        #expect(code != key.code(for: stranger, issue: 1))
        #expect(code != other.code(for: signupID, issue: 1))
    }

    @Test("a digest belongs to one code, one address and one secret")
    func digests() throws {
        let code = try #require(VerificationCode(typed: "K7M2XQ"))
        let digest = key.digest(of: code, email: "mira@example.org")
        #expect(digest == key.digest(of: code, email: "mira@example.org"))
        #expect(digest != key.digest(of: code, email: "mirb@example.org"))
        #expect(digest != other.digest(of: code, email: "mira@example.org"))
        #expect(try digest != key.digest(of: #require(VerificationCode(typed: "K7M2XR")), email: "mira@example.org"))
    }

    @Test("after a rotation the new secret signs, and what the old one signed still verifies")
    func rotation() throws {
        let code = try #require(VerificationCode(typed: "K7M2XQ"))
        let stored = key.digest(of: code, email: "mira@example.org")
        let rotated = try #require(SigningKeys([other, key]))
        #expect(rotated.current.id == other.id)
        #expect(rotated.key(key.id)?.id == key.id)
        #expect(rotated.digests(of: code, email: "mira@example.org").contains(stored))
        let gone = try #require(SigningKeys([other]))
        #expect(gone.key(key.id) == nil)
        #expect(!gone.digests(of: code, email: "mira@example.org").contains(stored))
    }

    @Test("there are 1 to 8 of them, of 32 bytes or more")
    func bounds() {
        #expect(SigningKey(secret: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(SigningKey(secret: [UInt8](repeating: 1, count: 200)) != nil)
        #expect(SigningKeys([]) == nil)
        #expect(SigningKeys([SigningKey](repeating: key, count: 8)) != nil)
        #expect(SigningKeys([SigningKey](repeating: key, count: 9)) == nil)
    }

    @Test("names and digests come back from a store in their own size only")
    func stored() {
        #expect(KeyID(key.id.text) == key.id)
        #expect(KeyID("short") == nil)
        #expect(CodeDigest(bytes: [UInt8](repeating: 1, count: 32)) != nil)
        #expect(CodeDigest(bytes: [UInt8](repeating: 1, count: 31)) == nil)
    }
}
