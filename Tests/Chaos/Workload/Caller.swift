// How people talk to signupd: through whichever process answers, again and again, and noting what they were told.

import Foundation

/// What a request came to, as far as its sender knows.
enum Answer {
    case result([String: Any])
    case refused(reason: String, data: [String: Any])
    /// The connection ended first, or the answer itself says that nobody knows.
    case unknown
}

/// One person's lines to both processes. Used by one thread.
final class Caller {
    let desks: [Desk]
    private let ledger: Ledger
    private var connections: [Int: Connection] = [:]
    private var nextID = 0

    /// Longer than the 15 s that the server gives itself and the 7 s that it may be stopped.
    private static let patience: Duration = .seconds(40)
    /// The protocol's table: after these the effect is unknown.
    private static let unknownReasons: Set<String> = ["INTERNAL", "DEADLINE_EXCEEDED", "UNAVAILABLE"]

    init(desks: [Desk], ledger: Ledger) {
        self.desks = desks
        self.ledger = ledger
    }

    deinit {
        for connection in connections.values { connection.close() }
    }

    /// Requests that were sent and wait for their answers.
    struct Pending {
        let desk: Int
        let ids: Range<Int>
        let isSent: Bool
    }

    /// Sends requests together to the process of that number.
    func begin(_ desk: Int, _ requests: [(method: String, params: [String: Any])]) -> Pending {
        let ids = nextID..<nextID + requests.count
        nextID += requests.count
        guard let connection = connection(desk) else {
            usleep(50_000)
            return Pending(desk: desk, ids: ids, isSent: false)
        }
        for (id, request) in zip(ids, requests) {
            ledger.count(request.method)
            // What cannot be sent ends the connection; the replies to what was sent may still be there.
            guard connection.send(Request(id: id, method: request.method, params: request.params)) else { break }
        }
        return Pending(desk: desk, ids: ids, isSent: true)
    }

    /// Waits for the answer to each.
    func finish(_ pending: Pending) -> [Answer] {
        var answers = [Int: Answer]()
        while pending.isSent, answers.count < pending.ids.count, let connection = connections[pending.desk] {
            switch connection.receive(within: Self.patience) {
            case .reply(let reply):
                note(reply, pending.ids, &answers)
                continue
            case .closed:
                ledger.countClosed()
            case nil:
                ledger.violate(.oneReply, "no reply and no end of the connection after \(Self.patience)")
            }
            drop(pending.desk)
        }
        return pending.ids.map { answers[$0] ?? .unknown }
    }

    func call(_ desk: Int, _ requests: [(method: String, params: [String: Any])]) -> [Answer] {
        finish(begin(desk, requests))
    }

    func call(_ desk: Int, _ method: String, _ params: [String: Any]) -> Answer {
        call(desk, [(method: method, params: params)]).first ?? .unknown
    }

    private func note(_ reply: [String: Any], _ ids: Range<Int>, _ answers: inout [Int: Answer]) {
        guard let id = reply["id"] as? Int, ids.contains(id), answers[id] == nil else {
            return ledger.violate(.oneReply, "a reply to nothing that waits for one")
        }
        if let result = reply["result"] as? [String: Any] {
            answers[id] = .result(result)
            return
        }
        let error = reply["error"] as? [String: Any]
        let data = error?["data"] as? [String: Any] ?? [:]
        let reason = data["reason"] as? String ?? "none"
        ledger.countReason(reason)
        answers[id] = Self.unknownReasons.contains(reason) ? .unknown : .refused(reason: reason, data: data)
        if Self.unknownReasons.contains(reason) || reason == "OVERLOADED" { usleep(100_000) }
    }

    private func connection(_ desk: Int) -> Connection? {
        if let open = connections[desk] { return open }
        connections[desk] = Connection(path: desks[desk].program.socketPath)
        return connections[desk]
    }

    private func drop(_ desk: Int) {
        connections[desk]?.close()
        connections[desk] = nil
    }
}
