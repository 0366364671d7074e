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
    let id: RequestID
    /// `nil` once it was handed out to be executed.
    var request: Request?
    let subjects: [String]
    let deadline: ContinuousClock.Instant
    let place: ReplyPlace
    /// How many of its subjects other requests have before it.
    var blockerCount = 0
    /// Its deadline passed while it ran: it was answered then, and its outcome will be dropped.
    var isAnswered = false

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

    var count: Int { slots.count - freeSlots.count }

    mutating func insert(_ flight: Flight) -> Session.Ticket {
        let index = freeSlots.popLast() ?? slots.count
        if index == slots.count { slots.append(Slot()) }
        slots[index].flight = flight
        return Session.Ticket(slot: index, generation: slots[index].generation)
    }

    /// The flight of that ticket; `nil` once it was removed.
    subscript(ticket: Session.Ticket) -> Flight? {
        get {
            guard ticket.slot < slots.count, slots[ticket.slot].generation == ticket.generation else { return nil }
            return slots[ticket.slot].flight
        }
        set {
            precondition(slots[ticket.slot].generation == ticket.generation, "a flight that is not there")
            slots[ticket.slot].flight = newValue
        }
    }

    /// Takes the flight out, if it is still there.
    mutating func remove(_ ticket: Session.Ticket) -> Flight? {
        guard let flight = self[ticket] else { return nil }
        slots[ticket.slot].flight = nil
        slots[ticket.slot].generation &+= 1
        freeSlots.append(ticket.slot)
        return flight
    }

    /// Those that wait for an answer.
    var unanswered: [(ticket: Session.Ticket, deadline: ContinuousClock.Instant)] {
        slots.indices.compactMap { index in
            guard let flight = slots[index].flight, !flight.isAnswered else { return nil }
            return (Session.Ticket(slot: index, generation: slots[index].generation), flight.deadline)
        }
    }
}
