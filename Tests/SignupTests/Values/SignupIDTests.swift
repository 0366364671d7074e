import Cryptography
import Testing

@testable import Signup

@Suite("A signup id")
struct SignupIDTests {
    private let time = Timestamp(millisecondsSince1970: 0x0193_A7C2_1B2C)

    @Test("is a UUID of version 7: the time, then random bits")
    func layout() {
        let id = SignupID(now: time, random: SecureRandom { [UInt8](repeating: 0xFF, count: $0) })
        #expect(id.description == "0193a7c2-1b2c-7fff-bfff-ffffffffffff")
        let zero = SignupID(now: time, random: SecureRandom { [UInt8](repeating: 0, count: $0) })
        #expect(zero.description == "0193a7c2-1b2c-7000-8000-000000000000")
    }

    @Test("made later sorts later, as bytes and as text")
    func order() {
        let earlier = SignupID(now: time)
        let later = SignupID(now: time + .milliseconds(1))
        #expect(earlier < later)
        #expect(earlier.description < later.description)
    }

    @Test("made in the same millisecond is another")
    func unique() {
        let ids = Set((0..<10_000).map { _ in SignupID(now: time) })
        #expect(ids.count == 10_000)
    }

    @Test("is read in either case and written in lower")
    func text() throws {
        let id = SignupID(now: time)
        #expect(SignupID(id.description) == id)
        #expect(SignupID(id.description.uppercased()) == id)
        #expect(SignupID(bytes: id.bytes) == id)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "0193a7c21b2c7def8123456789abcdef", "{0193a7c2-1b2c-7def-8123-456789abcdef}",
            "0193a7c2-1b2c-7def-8123-456789abcde", "0193a7c2-1b2c-7def-8123-456789abcdef0",
            "0193a7c2-1b2c-7def-8123-456789abcdeg", "0193a7c2+1b2c-7def-8123-456789abcdef",
            "0193a7c-21b2c-7def-8123-456789abcdef", "0193a7c2-1b2c-7def-8123-456789abcd\u{E9}",
        ]
    )
    func malformed(text: String) {
        #expect(SignupID(text) == nil)
    }

    @Test("has 16 bytes")
    func size() {
        #expect(SignupID(bytes: [UInt8](repeating: 1, count: 15)) == nil)
        #expect(SignupID(bytes: [UInt8](repeating: 1, count: 17)) == nil)
    }
}
