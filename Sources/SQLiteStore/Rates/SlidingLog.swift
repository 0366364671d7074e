// Charges in sliding windows: what the log says, and keeping it.

internal import Signup

/// Whom a log is about: the port's subjects, and the addresses that codes are guessed for.
struct ChargeSubject {
    let kind: String
    let name: String

    init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }

    init(_ subject: RateSubject) {
        self.init(kind: subject.kind.rawValue, name: subject.name)
    }
}

/// The newest charges of one subject, decided upon without a database.
struct SlidingLog {
    struct Entry {
        let chargedAt: Timestamp
        let units: Int
    }

    /// Newest first.
    let entries: [Entry]

    /// How long until every rule would let one more unit pass.
    func delay(rules: [RateRule], now: Timestamp) -> Duration {
        rules.map { delay(rule: $0, now: now) }.max() ?? .zero
    }

    /// A rule is full while its `maximum`-th newest unit is inside the window, and has room the moment that unit leaves.
    private func delay(rule: RateRule, now: Timestamp) -> Duration {
        var units = 0
        for entry in entries {
            units += entry.units
            if units >= rule.maximum { return max(.zero, (entry.chargedAt + rule.window).since(now)) }
        }
        return .zero
    }
}

extension Transaction {
    func delay(_ subject: ChargeSubject, rules: [RateRule], now: Timestamp) throws(BackendFailure) -> Duration {
        guard let needed = rules.map(\.maximum).max() else { return .zero }
        let entries = try all(
            """
            SELECT charged_at, units FROM charges WHERE kind = ? AND subject = ? ORDER BY charged_at DESC LIMIT ?
            """,
            [subject.kind, subject.name, needed]
        ) { row in SlidingLog.Entry(chargedAt: row.time(0), units: row.count(1)) }
        return SlidingLog(entries: entries).delay(rules: rules, now: now)
    }

    /// Enters one unit, and forgets those of the subject that no rule counts any more.
    func enter(_ subject: ChargeSubject, rules: [RateRule], now: Timestamp) throws(BackendFailure) {
        guard let longest = rules.map(\.window).max() else { return }
        try change(
            "DELETE FROM charges WHERE kind = ? AND subject = ? AND expires_at <= ?",
            [subject.kind, subject.name, now]
        )
        try change(
            """
            INSERT INTO charges (kind, subject, charged_at, units, expires_at) VALUES (?, ?, ?, 1, ?)
            ON CONFLICT (kind, subject, charged_at) DO UPDATE SET
                units = units + 1, expires_at = max(expires_at, excluded.expires_at)
            """,
            [subject.kind, subject.name, now, (now + longest)]
        )
    }

    /// A unit of that very date; a charge that is no longer there needs no refund.
    func takeBack(_ subject: ChargeSubject, chargedAt: Timestamp) throws(BackendFailure) {
        let key = "kind = ? AND subject = ? AND charged_at = ?"
        try change(
            "UPDATE charges SET units = units - 1 WHERE \(key)",
            [subject.kind, subject.name, chargedAt]
        )
        try change("DELETE FROM charges WHERE \(key) AND units = 0", [subject.kind, subject.name, chargedAt])
    }
}
