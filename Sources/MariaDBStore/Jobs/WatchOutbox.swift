// The questions about the outbox that change nothing.

import Signup

/// When the next row falls due, or its lease ends.
struct FindNextDue: Operation {
    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Timestamp? {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            try connection.query(Self.statement) { row throws(DatabaseError) in try row.optionalTime(0) }.first ?? nil
        }
    }

    private static let statement = Statement("SELECT MIN(due_at) FROM outbox WHERE state = 'queued'")
}

/// How many rows of some signups are due, counting those that are being sent.
struct CountDue: Operation {
    let signups: [SignupID]
    let now: Timestamp

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> Int {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            var count = 0
            for ids in Array(Set(signups)).inLists() {
                let list = Self.statement.padded(ids.map { .id($0) })
                let counts = try connection.query(list.statement, list.values + [.time(now)]) {
                    row throws(DatabaseError) in try row.count(0)
                }
                count += counts.first ?? 0
            }
            return count
        }
    }

    private static let statement = ListStatement(
        """
        SELECT COUNT(*) FROM outbox
        WHERE signup_id IN (?*) AND state = 'queued' AND (due_at <= ? OR lease_until IS NOT NULL)
        """
    )
}

/// How much mail waits.
struct MeasureBacklog: Operation {
    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> OutboxBacklog {
        try session.read(deadline: deadline) { connection throws(DatabaseError) in
            let backlogs = try connection.query(Self.statement) { row throws(DatabaseError) in
                OutboxBacklog(
                    queued: try row.count(0),
                    dead: try row.count(1),
                    oldestQueuedAt: try row.optionalTime(2)
                )
            }
            guard let backlog = backlogs.first else { throw .malformed("a backlog without a row") }
            return backlog
        }
    }

    private static let statement = Statement(
        """
        SELECT COUNT(*), (SELECT COUNT(*) FROM outbox WHERE state = 'dead'), MIN(created_at)
        FROM outbox WHERE state = 'queued'
        """
    )
}

/// Rows as an operator sees them.
struct ListMail: Operation {
    let state: OutboxState?
    let position: OutboxEntry.Position?
    let limit: Int

    func run(in session: Session, deadline: Deadline) throws(BackendFailure) -> [OutboxEntry] {
        let states = state.map { ($0, $0) } ?? (.queued, .dead)
        let (time, id) = position.map { (Parameter.time($0.createdAt), Parameter.integer($0.id)) } ?? (.null, .null)
        let values: [Parameter] = [
            .text(states.0.rawValue), .text(states.1.rawValue), time, time, time, id,
            .integer(min(max(limit, 1), 1000)),
        ]
        return try session.read(deadline: deadline) { connection throws(DatabaseError) in
            try connection.query(Self.statement, values) { row throws(DatabaseError) in
                OutboxEntry(
                    id: try row.integer(0),
                    signupID: try row.signupID(1),
                    template: try row.named(MailTemplate.self, 2),
                    issue: try row.count(3),
                    recipient: try row.text(4),
                    state: try row.named(OutboxState.self, 5),
                    attempts: try row.count(6),
                    dueAt: try row.time(7),
                    lastReply: try row.optionalText(8),
                    createdAt: try row.time(9),
                    sentAt: try row.optionalTime(10)
                )
            }
        }
    }

    private static let statement = Statement(
        """
        SELECT id, signup_id, template, issue, recipient, state, attempts, due_at, last_reply, created_at, sent_at
        FROM outbox WHERE state IN (?, ?) AND (? IS NULL OR created_at > ? OR (created_at = ? AND id > ?))
        ORDER BY created_at, id LIMIT ?
        """
    )
}
