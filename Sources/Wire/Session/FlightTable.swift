// The requests of one connection that have been admitted and have not come back.

/// Where a reply goes.
enum ReplyPlace {
    /// A line of its own.
    case line(position: Int)
    /// An element of a batch.
    case batch(number: Int, element: Int)
}

/// One admitted request.
struct Flight {
    /// `nil` once it was handed out to be executed.
    var request: Request?
    let id: RequestID
    /// Their hashes.
    let subjects: [Int]
    let deadline: ContinuousClock.Instant
    let place: ReplyPlace
    /// Its share of the line that it came in.
    let byteCount: Int
    /// How many of its subjects other requests have before it.
    var blockerCount = 0
    /// Its deadline passed while it ran: it was answered then, and its outcome will be dropped.
    var isAnswered = false

    init(
        _ request: Request,
        subjects: [Int],
        deadline: ContinuousClock.Instant,
        place: ReplyPlace,
        byteCount: Int
    ) {
        self.request = request
        id = request.id
        self.subjects = subjects
        self.deadline = deadline
        self.place = place
        self.byteCount = byteCount
    }

    var hasBegun: Bool { request == nil }
}

/// A table of slots that are used again, so that admitting and completing cost no allocation. As long as the most flights
/// there ever were at once, which the limits bound.
struct FlightTable {
    private struct Slot {
        var flight: Flight?
        /// Counts the flights the slot has had: a ticket of an earlier one finds nothing.
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    /// Of all their lines.
    private(set) var byteCount = 0

    var count: Int { slots.count - freeSlots.count }

    mutating func insert(_ flight: Flight) -> Session.Ticket {
        let index = freeSlots.popLast() ?? slots.count
        if index == slots.count { slots.append(Slot()) }
        slots[index].flight = flight
        byteCount += flight.byteCount
        return Session.Ticket(slot: index, generation: slots[index].generation)
    }

    /// Notes how many of its subjects others have before it.
    mutating func block(_ ticket: Session.Ticket, blockerCount: Int) {
        slots[ticket.slot].flight?.blockerCount = blockerCount
    }

    /// One of those before it has gone.
    ///
    /// - Returns: whether it was the last.
    mutating func unblock(_ ticket: Session.Ticket) -> Bool {
        slots[ticket.slot].flight?.blockerCount -= 1
        return slots[ticket.slot].flight?.blockerCount == 0
    }

    /// Hands the request out to be executed.
    ///
    /// - Returns: `nil` if the flight has been removed meanwhile.
    mutating func begin(_ ticket: Session.Ticket) -> Session.Execution? {
        guard holds(ticket), let deadline = slots[ticket.slot].flight?.deadline,
            let request = slots[ticket.slot].flight?.request.take()
        else { return nil }
        return Session.Execution(ticket: ticket, request: request, deadline: deadline)
    }

    /// Its deadline has passed while it ran: what it comes to will be dropped.
    mutating func markAnswered(_ ticket: Session.Ticket) {
        slots[ticket.slot].flight?.isAnswered = true
    }

    /// Takes a flight out.
    ///
    /// - Returns: `nil` if it has been removed before.
    mutating func remove(_ ticket: Session.Ticket) -> Flight? {
        guard holds(ticket), let flight = slots[ticket.slot].flight.take() else { return nil }
        byteCount -= flight.byteCount
        slots[ticket.slot].generation &+= 1
        freeSlots.append(ticket.slot)
        return flight
    }

    /// Those that wait for an answer.
    var unanswered: [(ticket: Session.Ticket, flight: Flight)] {
        slots.indices.compactMap { index in
            guard let flight = slots[index].flight, !flight.isAnswered else { return nil }
            return (Session.Ticket(slot: index, generation: slots[index].generation), flight)
        }
    }

    private func holds(_ ticket: Session.Ticket) -> Bool {
        ticket.slot < slots.count && slots[ticket.slot].generation == ticket.generation
    }
}
