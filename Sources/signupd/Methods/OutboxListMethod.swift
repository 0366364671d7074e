// outbox.list {state?, limit?}: the mail that is owed or was given up, and why. For operators.

import Signup
import Wire

struct OutboxListMethod: Method {
    let name = "outbox.list"
    let operatorsOnly = true
    let outbox: any Outbox
    let limits: WireLimits

    /// What a reply has besides its entries: the envelope, `more`, and the longest id with every byte of it escaped.
    private static let envelopeByteCount = 2048
    private static let limitRange: ClosedRange<Int64> = 1...1000
    private static let defaultLimit: Int64 = 100

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let params = try ParameterReader(request, names: ["state", "limit"])
        let state = try params.outboxState("state")
        let limit = Int(try params.optionalInteger("limit", in: Self.limitRange) ?? Self.defaultLimit)
        // One more than asked for tells whether there are more. (Of the most that can be asked for, no reply holds all.)
        let probe = min(limit + 1, Int(Self.limitRange.upperBound))
        do throws(BackendFailure) {
            let entries = try await outbox.list(state: state, limit: probe, deadline: context.deadline)
            let shown = reportsThatFit(entries.prefix(limit))
            return ["entries": .array(shown), "more": .bool(shown.count < entries.count)]
        } catch {
            throw WireError(backend: error)
        }
    }

    /// As many of the first entries as one reply holds.
    private func reportsThatFit(_ entries: some Sequence<OutboxEntry>) -> [JSONValue] {
        var room = limits.replyByteCount - Self.envelopeByteCount
        var reports: [JSONValue] = []
        for entry in entries {
            let report = entry.report
            room -= report.encoded().count + 1
            guard room >= 0 else { break }
            reports.append(report)
        }
        return reports
    }
}

extension OutboxEntry {
    /// The row as operators see it, here and on the command line.
    var report: JSONValue {
        var members: JSONObject = [
            "id": .integer(id),
            "signup_id": .string(signupID.description),
            "template": .string(template.rawValue),
            "issue": .integer(Int64(issue)),
            "recipient": .string(recipient),
            "state": .string(state.rawValue),
            "attempts": .integer(Int64(attempts)),
            "due_at": .string(dueAt.iso8601),
        ]
        if let lastReply { members["last_reply"] = .string(lastReply) }
        members["created_at"] = .string(createdAt.iso8601)
        if let sentAt { members["sent_at"] = .string(sentAt.iso8601) }
        return .object(members)
    }
}

extension ParameterReader {
    /// One of the states a mail can be in, or `nil` where it is absent or null.
    fileprivate func outboxState(_ name: String) throws(WireError) -> OutboxState? {
        guard let text = try optionalText(name) else { return nil }
        guard let state = OutboxState(rawValue: text) else {
            let known = OutboxState.allCases.map(\.rawValue).joined(separator: ", ")
            throw WireError(.wrongType, field: name, hint: "must be one of \(known)")
        }
        return state
    }
}
