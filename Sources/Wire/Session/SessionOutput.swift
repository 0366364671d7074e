// The part of a session that turns outcomes into bytes, each where it belongs.

extension Session {
    /// Lends the replies that are ready, in one buffer, and forgets them. Call it until there are none: when the buffer was
    /// full, reading goes on only after it was taken.
    ///
    /// - Returns: whether there were any; else `body` was not called.
    public mutating func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        if replies.output.isEmpty, framer.mayHoldLine || stalledBatch != nil, let latestInstant {
            advance(now: latestInstant)
        }
        if replies.output.isEmpty { return false }
        replies.takeOutput(body)
        return true
    }

    /// The same, as an array of the caller's own; empty if there were none.
    public mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        _ = takeOutput { taken.append(contentsOf: $0) }
        return taken
    }

    /// Writes a reply, or puts it where it waits for others.
    mutating func answer(_ outcome: Outcome, id: RequestID, at place: ReplyPlace) {
        var isResult = false
        switch place {
        case .line(let position):
            replies.deliver(at: position) { [encoding] output in
                isResult = encoding.append(outcome, id: id, to: &output)
                output.append(UInt8(ascii: "\n"))
            }
        case .batch(let number, let element):
            var reply: [UInt8] = []
            isResult = encoding.append(outcome, id: id, to: &reply)
            if let whole = batches.add(reply, batch: number, element: element) {
                deliver(whole.replies, at: whole.position)
            }
        }
        if isResult { statistics.results += 1 } else { statistics.errors += 1 }
    }

    private mutating func deliver(_ batch: [[UInt8]], at position: Int) {
        replies.deliver(at: position, replyCount: batch.count) { output in
            var separator = UInt8(ascii: "[")
            for reply in batch {
                output.append(separator)
                output.append(contentsOf: reply)
                separator = UInt8(ascii: ",")
            }
            output.append(static: "]\n")
        }
    }
}
