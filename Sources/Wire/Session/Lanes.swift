// Who must wait for whom: requests that share a subject run one after another, in the order they came.

/// One queue for each subject that is named by a request in flight. The first of a queue has the subject; a request runs
/// once it is the first of all its queues. Nobody can wait in a circle: all queues are in order of arrival.
///
/// A subject is known by its hash: it is hashed once, when it comes. Should two ever hash alike (one pair in 2⁶⁴), one would
/// wait for the other without need.
struct Lanes {
    /// Kept in two, so that a subject nobody else names costs no list.
    private struct Queue {
        var first: Session.Ticket
        var others: [Session.Ticket] = []
    }

    private var queues: [Int: Queue] = [:]

    /// Queues a request for its subjects.
    ///
    /// - Returns: how many of them others have before it.
    mutating func enter(_ ticket: Session.Ticket, subjects: [Int]) -> Int {
        var occupiedCount = 0
        for subject in subjects {
            if queues[subject]?.others.append(ticket) != nil {
                occupiedCount += 1
            } else {
                queues[subject] = Queue(first: ticket)
            }
        }
        return occupiedCount
    }

    /// Takes a request out of its queues, wherever it stands in them.
    ///
    /// - Returns: whoever became the first of a queue by it, once for each queue.
    mutating func leave(_ ticket: Session.Ticket, subjects: [Int]) -> [Session.Ticket] {
        var successors: [Session.Ticket] = []
        for subject in subjects {
            guard let queue = queues[subject] else { continue }
            if queue.first != ticket {
                queues[subject]?.others.removeAll { $0 == ticket }
            } else if let successor = queue.others.first {
                successors.append(successor)
                queues[subject] = Queue(first: successor, others: Array(queue.others.dropFirst()))
            } else {
                queues[subject] = nil
            }
        }
        return successors
    }
}
