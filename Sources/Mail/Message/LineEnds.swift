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
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count + bytes.count / 16 + end.count)
            var lineStart = 0
            while lineStart < bytes.count {
                let rest = bytes[lineStart...]
                let lineEnd = rest.firstIndex { $0 == lineFeed || $0 == carriageReturn } ?? bytes.count
                result += bytes[lineStart..<lineEnd]
                result += end
                let isPair =
                    lineEnd + 1 < bytes.count && bytes[lineEnd] == carriageReturn && bytes[lineEnd + 1] == lineFeed
                lineStart = lineEnd + (isPair ? 2 : 1)
            }
            return result
        }
    }
}
