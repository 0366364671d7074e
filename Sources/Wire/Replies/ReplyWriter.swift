// A reply outside of any session: what a connection is told that never becomes one.

/// Writes replies.
public enum ReplyWriter {
    /// One reply as a line, with its LF.
    public static func line(id: RequestID, outcome: Outcome, limits: WireLimits = WireLimits()) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = ReplyEncoding(limits: limits).append(outcome, id: id, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
