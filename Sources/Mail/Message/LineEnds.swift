// Line ends: CR LF on the wire, LF in a Maildir, and the same text either way.

enum LineEnds {
    /// Every line ends with CR LF, the last one too. libcurl sends a bare LF as it stands, and does not stuff a dot after it.
    static func carriageReturnLineFeed(_ text: String) -> [UInt8] {
        joined(text, by: Array("\r\n".utf8))
    }

    /// Every line ends with LF, the last one too.
    static func lineFeed(_ text: String) -> [UInt8] {
        joined(text, by: Array("\n".utf8))
    }

    private static func joined(_ text: String, by end: [UInt8]) -> [UInt8] {
        let carriageReturn = UInt8(ascii: "\r")
        let lineFeed = UInt8(ascii: "\n")
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + text.utf8.count / 16)
        var previous: UInt8 = lineFeed
        for byte in text.utf8 {
            if byte == carriageReturn || (byte == lineFeed && previous != carriageReturn) {
                result += end
            } else if byte != lineFeed {
                result.append(byte)
            }
            previous = byte
        }
        if previous != carriageReturn, previous != lineFeed { result += end }
        return result
    }
}
