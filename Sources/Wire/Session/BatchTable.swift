// Batches that are not fully answered: their replies gather here, and leave as one array.

/// The open batches of one connection.
struct BatchTable {
    private struct Batch {
        var replies: [[UInt8]?]
        let position: Int
        var missingCount: Int
    }

    private var batches: [Int: Batch] = [:]
    private var nextNumber = 0
    /// Replies that are ready, and wait for others of their batch.
    private(set) var heldCount = 0

    /// Opens a batch with that many replies to come, whose array has that position among the lines of output.
    mutating func open(replyCount: Int, position: Int) -> Int {
        defer { nextNumber += 1 }
        let none = [[UInt8]?](repeating: nil, count: replyCount)
        batches[nextNumber] = Batch(replies: none, position: position, missingCount: replyCount)
        return nextNumber
    }

    /// Adds the reply to one element.
    ///
    /// - Returns: the replies of the whole batch in order, once this was the last.
    mutating func add(_ reply: [UInt8], batch number: Int, element: Int) -> (position: Int, replies: [[UInt8]])? {
        guard var batch = batches.removeValue(forKey: number) else { preconditionFailure("a batch that is not open") }
        batch.replies[element] = reply
        batch.missingCount -= 1
        guard batch.missingCount == 0 else {
            batches[number] = batch
            heldCount += 1
            return nil
        }
        heldCount -= batch.replies.count - 1
        return (batch.position, batch.replies.compactMap(\.self))
    }
}
