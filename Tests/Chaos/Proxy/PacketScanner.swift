// Finds COMMIT among the packets that a MariaDB client sends, however they are cut into reads.

/// A packet is 3 bytes of length (little-endian), a sequence number, and its payload; a command starts at sequence 0.
struct PacketScanner {
    private var pending: [UInt8] = []

    /// COM_QUERY, then the statement as MariaDBStore sends it.
    private static let commit: [UInt8] = [3] + Array("COMMIT".utf8)

    /// Whether one of the packets that end in these bytes is a COMMIT. The client waits for each reply, so it is the last.
    mutating func containsCommit(_ bytes: [UInt8]) -> Bool {
        pending += bytes
        var isFound = false
        while pending.count >= 4 {
            let length = Int(pending[0]) | Int(pending[1]) << 8 | Int(pending[2]) << 16
            guard pending.count >= 4 + length else { break }
            if pending[3] == 0, pending[4..<4 + length].elementsEqual(Self.commit) { isFound = true }
            pending.removeFirst(4 + length)
        }
        return isFound
    }
}
