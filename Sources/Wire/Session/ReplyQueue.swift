// The output of one connection: replies in the order that was promised, in one buffer.

/// Collects replies. In input order a reply waits until all before it are there.
struct ReplyQueue {
    private struct Waiting {
        var bytes: [UInt8]?
        var replyCount = 0
    }

    let order: Session.ReplyOrder
    private let limits: WireLimits
    private(set) var output: [UInt8] = []
    /// Input order only: the lines from the first unanswered one on.
    private var waiting: [Waiting] = []
    /// The position of the first of them.
    private var first = 0
    /// How many replies are held back.
    private(set) var heldCount = 0

    init(order: Session.ReplyOrder, limits: WireLimits) {
        self.order = order
        self.limits = limits
    }

    /// Reserves the next position for the reply to a line.
    mutating func reserve() -> Int {
        guard order == .input else { return 0 }
        waiting.append(Waiting())
        return first + waiting.count - 1
    }

    /// Appends what `write` writes, now or when its turn comes.
    mutating func deliver(at position: Int, replyCount: Int = 1, _ write: (inout [UInt8]) -> Void) {
        switch order {
        case .completion:
            write(&output)
        case .input where position == first:
            write(&output)
            waiting.removeFirst()
            first += 1
            releaseReady()
        case .input:
            var bytes: [UInt8] = []
            write(&bytes)
            waiting[position - first] = Waiting(bytes: bytes, replyCount: replyCount)
            heldCount += replyCount
        }
    }

    /// Lends the output, and forgets it. Its memory serves the next replies.
    mutating func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) {
        output.withUnsafeBytes(body)
        output.removeAll(keepingCapacity: output.capacity <= limits.idleBufferByteCount)
    }

    private mutating func releaseReady() {
        var readyCount = 0
        for line in waiting {
            guard let bytes = line.bytes else { break }
            output.append(contentsOf: bytes)
            heldCount -= line.replyCount
            readyCount += 1
        }
        waiting.removeFirst(readyCount)
        first += readyCount
    }
}
