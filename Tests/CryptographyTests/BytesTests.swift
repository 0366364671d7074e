import Testing

@testable import Cryptography

@Suite("Bytes")
struct BytesTests {
    @Test("hexadecimal digits are written in lower case and read in either")
    func hexadecimal() {
        #expect(Hexadecimal.encode([0x00, 0x7F, 0x80, 0xFF]) == "007f80ff")
        #expect(Hexadecimal.decode("007f80FF") == [0x00, 0x7F, 0x80, 0xFF])
        #expect(Hexadecimal.decode("") == [])
    }

    @Test("what is no pair of hexadecimal digits is not read", arguments: ["0", "0g", "g0", " 0", "0x", "é"])
    func notHexadecimal(text: String) {
        #expect(Hexadecimal.decode(text) == nil)
    }

    @Test("a secret lends the bytes it was made from")
    func secret() {
        let copied = SecretBytes([1, 2, 3])
        #expect(copied.count == 3)
        #expect(copied.withBytes { Array($0) } == [1, 2, 3])
        let written = SecretBytes(byteCount: 3) { $0[1] = 7 }
        #expect(written.withBytes { Array($0) } == [0, 7, 0])
        #expect(SecretBytes([]).withBytes { $0.baseAddress } != nil)
    }

    @Test("random bytes differ each time and come in the number that was asked for")
    func random() {
        let source = SecureRandom()
        #expect(source.bytes(count: 32).count == 32)
        #expect(source.bytes(count: 0) == [])
        #expect(source.bytes(count: 32) != source.bytes(count: 32))
    }
}
