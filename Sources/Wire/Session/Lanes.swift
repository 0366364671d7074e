// Who must wait for whom: requests that share a subject run one after another, in the order they came.

/// One queue for each subject that is named by a request in flight. The first of a queue has the subject; a request runs
/// once it is the first of all its queues. Nobody can wait in a circle: all queues are in order of arrival.
struct Lanes {
    private var queues: [String: [Session.Ticket]] = [:]

    /// Queues a request for its subjects.
    ///
    /// - Returns: how many of them others have before it.
    mutating func enter(_ ticket: Session.Ticket, subjects: [String]) -> Int {
        var occupiedCount = 0
        for subject in subjects {
            if queues[subject] != nil { occupiedCount += 1 }
            queues[subject, default: []].append(ticket)
        }
        return occupiedCount
    }

    /// Takes a request out of its queues, wherever it stands in them.
    ///
    /// - Returns: whoever became the first of a queue by it, once for each queue.
    mutating func leave(_ ticket: Session.Ticket, subjects: [String]) -> [Session.Ticket] {
        var successors: [Session.Ticket] = []
        for subject in subjects {
            guard var queue = queues[subject], let place = queue.firstIndex(of: ticket) else { continue }
            queue.remove(at: place)
            if place == 0, let first = queue.first { successors.append(first) }
            queues[subject] = queue.isEmpty ? nil : queue
        }
        return successors
    }
}
