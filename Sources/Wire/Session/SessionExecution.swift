// The part of a session that follows its requests from admission to outcome.

extension Session {
    /// Takes the requests that are to be executed now. Each is completed exactly once, later, in any order.
    public mutating func takeExecutions() -> [Execution] {
        guard !ready.isEmpty else { return [] }
        let executions = ready.compactMap { flights.begin($0) }
        ready.removeAll(keepingCapacity: true)
        return executions
    }

    /// Takes the outcome of an execution, and lets go on whoever waited for it.
    public mutating func complete(_ ticket: Ticket, with outcome: Outcome, now: ContinuousClock.Instant) {
        guard let flight = land(ticket) else { preconditionFailure("completed twice, or never begun") }
        precondition(flight.hasBegun, "completed before it was taken")
        if flight.isAnswered {
            statistics.lateOutcomes += 1
        } else {
            answer(outcome, id: flight.id, at: flight.place)
        }
        advance(now: now)
    }

    /// Answers `DEADLINE_EXCEEDED` for every request whose deadline has come.
    ///
    /// One that runs stays in flight, and in the way of those that share a subject with it, until it is completed; its
    /// outcome is dropped. One that has not begun never begins.
    public mutating func expire(now: ContinuousClock.Instant) {
        guard let due = nextDeadline, due <= now else { return }
        nextDeadline = nil
        for (ticket, flight) in flights.unanswered {
            if flight.deadline <= now {
                expire(ticket, flight)
            } else {
                noteDeadline(flight.deadline)
            }
        }
        advance(now: now)
    }

    /// Puts an admitted request in flight; it is ready unless others have its subjects.
    mutating func launch(
        _ request: Request,
        subjects: [String],
        at place: ReplyPlace,
        now: ContinuousClock.Instant
    ) {
        let subjects = withoutRepetitions(subjects.map(\.hashValue))
        let deadline = now + request.metadata.timeout
        let ticket = flights.insert(
            Flight(request, subjects: subjects, deadline: deadline, place: place, byteCount: requestByteCount)
        )
        let blockerCount = lanes.enter(ticket, subjects: subjects)
        flights.block(ticket, blockerCount: blockerCount)
        if blockerCount == 0 { ready.append(ticket) }
        noteDeadline(deadline)
    }

    private mutating func expire(_ ticket: Ticket, _ flight: Flight) {
        let hint: String
        if flight.hasBegun {
            flights.markAnswered(ticket)
            hint = "it may still take effect: ask for the status, or repeat it with the same idempotency_key"
        } else {
            _ = land(ticket)
            hint = "it was not begun and changed nothing"
        }
        answer(.failure(WireError(.deadlineExceeded, hint: hint)), id: flight.id, at: flight.place)
    }

    /// Takes a request out of flight and out of the way of others.
    private mutating func land(_ ticket: Ticket) -> Flight? {
        guard let flight = flights.remove(ticket) else { return nil }
        for successor in lanes.leave(ticket, subjects: flight.subjects) where flights.unblock(successor) {
            ready.append(successor)
        }
        if flights.count == 0 { nextDeadline = nil }
        return flight
    }

    /// A handful at most, so each is compared with each.
    private func withoutRepetitions(_ subjects: [Int]) -> [Int] {
        guard subjects.count > 1 else { return subjects }
        return subjects.indices.filter { !subjects[..<$0].contains(subjects[$0]) }.map { subjects[$0] }
    }

    private mutating func noteDeadline(_ deadline: ContinuousClock.Instant) {
        nextDeadline = nextDeadline.map { min($0, deadline) } ?? deadline
    }
}
