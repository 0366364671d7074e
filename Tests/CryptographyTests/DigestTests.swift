import Testing

@testable import Cryptography

@Suite("Digests")
struct DigestTests {
    @Test(
        "SHA-256 gives the answers of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func sha256(message: String, digest: String) {
        #expect(Hexadecimal.encode(SHA256.digest(Array(message.utf8))) == digest)
    }

    /// RFC 4231: a short key, keys of a block and longer.
    private static let authenticated: [(key: [UInt8], message: [UInt8], mark: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test("HMAC-SHA256 gives the answers of RFC 4231", arguments: authenticated)
    func hmac(key: [UInt8], message: [UInt8], mark: String) {
        #expect(Hexadecimal.encode(HMACSHA256.authenticate(message, key: key)) == mark)
        // A key that is kept is not used up by its first message.
        let kept = HMACSHA256(key: key)
        #expect(kept.authenticate(message) == kept.authenticate(message))
        #expect(Hexadecimal.encode(kept.authenticate(message)) == mark)
    }

    /// Python's hashlib.blake2b(message, digest_size=32, key=key); RFC 7693 gives an example for 64 bytes only.
    @Test(
        "BLAKE2b gives the answers of another implementation",
        arguments: [
            ("", nil, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
            ("abc", nil, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
            (
                String(repeating: "x", count: 200), nil,
                "7eb9c902d76f4876a0494066a9773bd4f8c0caf612f4683e352af66bc12af33e"
            ),
            ("", Array(0..<32), "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"),
            ("mira@example.org", Array(0..<32), "5a4b1784c84a01e563397b5caaaa8fbe7a20aa55b7532f588468e2e41ab87252"),
        ] as [(String, [UInt8]?, String)]
    )
    func blake2b(message: String, key: [UInt8]?, digest: String) {
        #expect(BLAKE2b.withDigest(of: message, key: key) { Hexadecimal.encode($0) } == digest)
    }

    @Test("byte strings are equal when all of them is")
    func equality() {
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(constantTimeEquals([], []))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], []))
    }
}
