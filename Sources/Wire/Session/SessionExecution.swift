// The part of a session that follows its requests from admission to outcome.

extension Session {
    /// Takes the requests that are to be executed now. Each is completed exactly once, later, in any order.
    public mutating func takeExecutions() -> [Execution] {
        guard !ready.isEmpty else { return [] }
        let executions = ready.compactMap { begin($0) }
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
        for (ticket, deadline) in flights.unanswered {
            if deadline <= now {
                expire(ticket)
            } else {
                noteDeadline(deadline)
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
        let subjects = subjects.count > 1 ? Array(Set(subjects)) : subjects
        let deadline = now + request.metadata.timeout
        let flight = Flight(id: request.id, request: request, subjects: subjects, deadline: deadline, place: place)
        let ticket = flights.insert(flight)
        let blockerCount = lanes.enter(ticket, subjects: subjects)
        flights[ticket]?.blockerCount = blockerCount
        if blockerCount == 0 { ready.append(ticket) }
        noteDeadline(deadline)
    }

    private mutating func begin(_ ticket: Ticket) -> Execution? {
        // It may have expired since it became ready.
        guard let flight = flights[ticket], let request = flight.request else { return nil }
        flights[ticket]?.request = nil
        return Execution(ticket: ticket, request: request, deadline: flight.deadline)
    }

    private mutating func expire(_ ticket: Ticket) {
        guard let flight = flights[ticket] else { return }
        if flight.hasBegun {
            flights[ticket]?.isAnswered = true
        } else {
            _ = land(ticket)
        }
        let hint =
            flight.hasBegun
            ? "it may still take effect: ask for the status, or repeat it with the same idempotency_key"
            : "it was not begun and changed nothing"
        answer(.failure(WireError(.deadlineExceeded, hint: hint)), id: flight.id, at: flight.place)
    }

    /// Takes a request out of flight and out of the way of others.
    private mutating func land(_ ticket: Ticket) -> Flight? {
        guard let flight = flights.remove(ticket) else { return nil }
        for successor in lanes.leave(ticket, subjects: flight.subjects) {
            guard let waiting = flights[successor] else { continue }
            flights[successor]?.blockerCount = waiting.blockerCount - 1
            if waiting.blockerCount == 1 { ready.append(successor) }
        }
        if flights.count == 0 { nextDeadline = nil }
        return flight
    }

    private mutating func noteDeadline(_ deadline: ContinuousClock.Instant) {
        nextDeadline = nextDeadline.map { min($0, deadline) } ?? deadline
    }
}
