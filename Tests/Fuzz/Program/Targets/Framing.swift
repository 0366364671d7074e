// Bytes → lines → messages → replies. However the bytes are cut, the replies are the same; no line changes the reply to another;
// what comes out are whole lines of ASCII, as many replies as requests.

import Wire

extension FuzzTarget {
    static let framing = FuzzTarget("framing") { input in
        guard input.count >= 2 else { return }
        let bytes = Array(input.dropFirst(2))
        let setup = FramingSetup(input[0])
        let whole = setup.replies(to: [bytes[...]])
        hold(whole == setup.replies(to: pieces(of: bytes, seed: input[1])), "cut in pieces the replies are the same")
        hold(whole == setup.repliesOneByOne(bytes), "each line alone has the reply that it has among others")
    }

    /// Pieces of 1 to 16 bytes, as the seed has it.
    private static func pieces(of bytes: [UInt8], seed: UInt8) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        var state = UInt32(seed)
        while !rest.isEmpty {
            state = state &* 1_664_525 &+ 1_013_904_223
            let count = 1 + Int(state >> 28)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

/// The limits of one run; small ones, so that short inputs reach them.
private struct FramingSetup {
    var limits = WireLimits()

    init(_ choice: UInt8) {
        limits.lineByteCount = [24, 96, 512, 65_536][Int(choice & 3)]
        limits.inFlightCount = [1, 3, 64, 64][Int(choice >> 2 & 3)]
        limits.batchElementCount = [2, 32][Int(choice >> 4 & 1)]
        limits.unreadOutputByteCount = [256, 262_144][Int(choice >> 5 & 1)]
    }

    func replies(to pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var conversation = Conversation(limits: limits, order: .input)
        for piece in pieces { conversation.receive(piece) }
        conversation.finish()
        return conversation.output
    }

    /// The input as a reader of the contract cuts it: at each LF, nothing else.
    func repliesOneByOne(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        let newline = UInt8(ascii: "\n")
        let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            // Only the first line of a stream may begin with a BOM; a blank line before another makes it no first one.
            let before = index == 0 ? [] : [newline]
            let after = index == lines.count - 1 ? [] : [newline]
            output += replies(to: [(before + line + after)[...]])
        }
        return output
    }
}
