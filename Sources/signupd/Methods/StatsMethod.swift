// service.stats: what this process has done since it started.

import Wire

struct StatsMethod: ImmediateMethod {
    let name = "service.stats"
    let statistics: ServiceStatistics

    func answer(_ request: Request) throws(WireError) -> JSONValue {
        _ = try ParameterReader(request, names: [])
        let counts = statistics.counts
        var methods = JSONObject()
        for (name, method) in counts.methods.sorted(by: { $0.key < $1.key }) { methods[name] = method.value }
        return [
            "uptime_seconds": .integer(statistics.uptime.components.seconds),
            "connections": counts.connections.value,
            "messages": counts.messages.value,
            "methods": .object(methods),
        ]
    }
}

extension ServiceStatistics.Connections {
    fileprivate var value: JSONValue {
        ["open": .integer(Int64(open)), "accepted": .integer(Int64(accepted)), "refused": .integer(Int64(refused))]
    }
}

extension ServiceStatistics.Messages {
    fileprivate var value: JSONValue {
        [
            "malformed": .integer(Int64(malformed)),
            "notifications_dropped": .integer(Int64(droppedNotifications)),
            "responses_dropped": .integer(Int64(droppedResponses)),
            "late_outcomes": .integer(Int64(lateOutcomes)),
        ]
    }
}

extension MethodCounts {
    fileprivate var value: JSONValue {
        var byReason = JSONObject()
        for (reason, count) in errors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            byReason[reason.rawValue] = .integer(Int64(count))
        }
        return [
            "requests": .integer(Int64(requests)),
            "results": .integer(Int64(results)),
            "errors": .object(byReason),
            "latency_ms": [
                "p50": .real(latency.percentile(0.5).milliseconds),
                "p90": .real(latency.percentile(0.9).milliseconds),
                "p99": .real(latency.percentile(0.99).milliseconds),
                "max": .real(latency.longest.milliseconds),
                "sum": .real(latency.sum.milliseconds),
            ],
        ]
    }
}
