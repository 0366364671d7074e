// What service.info, service.stats and service.health answer, as the table and the exposition format need it.

import Wire

/// One look at a running server.
struct ServiceReport: Sendable {
    struct Method: Sendable {
        let name: String
        let requests: Int64
        let results: Int64
        /// By reason.
        let errors: [(reason: String, count: Int64)]
        /// Milliseconds, by `p50`, `p90`, `p99`, `max` and `sum`.
        let latency: [String: Double]
    }

    struct Backend: Sendable {
        let name: String
        let isUp: Bool
        /// Milliseconds; `nil` if it did not answer.
        let latency: Double?
        let reason: String?
    }

    struct Outbox: Sendable {
        let queued: Int64
        let dead: Int64
        let oldestSeconds: Int64
    }

    let version: String
    let uptimeSeconds: Int64
    /// By name, in the order of the protocol.
    let connections: [(name: String, count: Int64)]
    let messages: [(name: String, count: Int64)]
    let methods: [Method]
    let backends: [Backend]
    /// `nil` where it could not be asked.
    let outbox: Outbox?

    init(info: JSONValue, statistics: JSONValue, health: JSONValue) {
        version = info["version"]?.text ?? ""
        uptimeSeconds = statistics["uptime_seconds"]?.integer ?? 0
        connections = statistics["connections"]?.counts ?? []
        messages = statistics["messages"]?.counts ?? []
        methods = (statistics["methods"]?.members ?? []).map { Method(name: $0.name, $0.value) }
        backends = (health["backends"]?.members ?? []).map { Backend(name: $0.name, $0.value) }
        outbox = health["outbox"].flatMap(Outbox.init)
    }
}

extension ServiceReport.Method {
    fileprivate init(name: String, _ value: JSONValue) {
        self.name = name
        requests = value["requests"]?.integer ?? 0
        results = value["results"]?.integer ?? 0
        errors = (value["errors"]?.counts ?? []).map { ($0.name, $0.count) }
        latency = (value["latency_ms"]?.members ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.number }
    }
}

extension ServiceReport.Backend {
    fileprivate init(name: String, _ value: JSONValue) {
        self.name = name
        isUp = value["ok"] == true
        latency = value["latency_ms"]?.number
        reason = value["reason"]?.text
    }
}

extension ServiceReport.Outbox {
    fileprivate init?(_ value: JSONValue) {
        guard let queued = value["queued"]?.integer, let dead = value["dead"]?.integer else { return nil }
        self.queued = queued
        self.dead = dead
        oldestSeconds = value["oldest_seconds"]?.integer ?? 0
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    fileprivate var members: [JSONObject.Member] {
        if case .object(let object) = self { object.members } else { [] }
    }

    fileprivate var counts: [(name: String, count: Int64)] {
        members.compactMap { member in member.value.integer.map { (member.name, $0) } }
    }

    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    fileprivate var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// Of a number of either kind.
    fileprivate var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        default: nil
        }
    }
}
