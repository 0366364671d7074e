// Outbox rows for a terminal: one a line, columns as wide as they must be, the server's last words at the end.

import Signup

struct OutboxTable {
    private static let heading = ["ID", "STATE", "TRIES", "RECIPIENT", "OWED SINCE", "DUE", "LAST REPLY"]
    private let rows: [[String]]

    init(_ entries: [OutboxEntry]) {
        rows = entries.map { entry in
            [
                String(entry.id), entry.state.rawValue, String(entry.attempts), entry.recipient,
                Self.time(entry.createdAt), entry.state == .queued ? Self.time(entry.dueAt) : "-",
                entry.lastReply ?? "",
            ]
        }
    }

    var text: String {
        if rows.isEmpty { return "no mail" }
        let lines = [Self.heading] + rows
        let widths = Self.heading.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.indices.map { column in
                // The last column is ragged: nothing stands behind it.
                column == line.count - 1 ? line[column] : Self.padded(line[column], to: widths[column])
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// To the second, in UTC: `2026-01-31T12:00:00Z`.
    private static func time(_ time: Timestamp) -> String {
        String(time.iso8601.prefix(19)) + "Z"
    }
}
