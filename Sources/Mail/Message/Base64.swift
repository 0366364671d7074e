// Base64 (RFC 4648, section 4): a dozen lines here keep Foundation out of a target that needs nothing else of it.

enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                let isPadding = position > group.count
                digits.append(isPadding ? UInt8(ascii: "=") : alphabet[number >> (18 - 6 * position) & 63])
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
