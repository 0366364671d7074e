// service.health: each backend with its latency, and the outbox. Answers within its own bound even when a backend hangs.
// Why one is not well can name hosts, paths and users: that is for operators.

import Signup
import Wire

struct HealthMethod: Method {
    let name = "service.health"
    let probes: [HealthProbe]
    let outbox: any Outbox
    let operators: Operators
    let clock: WallClock

    /// A backend that has not answered by then is not healthy.
    private static let patience: Duration = .seconds(3)

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        _ = try ParameterReader(request, names: [])
        let limit = min(context.deadline, .now + Self.patience)
        let tellsReasons = operators.contain(context.peer)
        // Beside the probes: a mail server that hangs takes all the time there is.
        async let outboxReport = outboxReport(deadline: limit, tellsReason: tellsReasons)
        let reports = await withTaskGroup(of: (String, JSONValue).self) { group in
            for probe in probes {
                group.addTask {
                    (probe.backend.rawValue, await probe.report(deadline: limit, tellsReason: tellsReasons))
                }
            }
            return await group.reduce(into: [String: JSONValue]()) { $0[$1.0] = $1.1 }
        }
        var backends = JSONObject()
        for name in reports.keys.sorted() { backends[name] = reports[name] }
        let outbox = await outboxReport
        let isHealthy = (backends.members.map(\.value) + [outbox]).allSatisfy { report in
            if case .object(let members) = report { members["ok"] == true } else { false }
        }
        return ["ok": .bool(isHealthy), "backends": .object(backends), "outbox": outbox]
    }

    private func outboxReport(deadline: Deadline, tellsReason: Bool) async -> JSONValue {
        do throws(BackendFailure) {
            let backlog = try await outbox.backlog(deadline: deadline)
            let age = backlog.oldestQueuedAt.map { max(.zero, clock.now().since($0)) } ?? .zero
            return [
                "ok": true,
                "queued": .integer(Int64(backlog.queued)),
                "dead": .integer(Int64(backlog.dead)),
                "oldest_seconds": .integer(age.components.seconds),
            ]
        } catch {
            return .unwell(reason: tellsReason ? error.reason : nil)
        }
    }
}

extension JSONValue {
    /// The report of a part that is not well.
    fileprivate static func unwell(reason: String?) -> JSONValue {
        var members: JSONObject = ["ok": false]
        if let reason { members["reason"] = .string(reason) }
        return .object(members)
    }
}

/// How one backend is asked whether it is there.
struct HealthProbe: Sendable {
    let backend: Backend
    let ping: @Sendable (Deadline) async -> String?

    /// A probe over a store: `nil` is good, a text says what is wrong.
    init(_ backend: Backend, ping: @escaping @Sendable (Deadline) async throws(BackendFailure) -> Void) {
        self.backend = backend
        self.ping = { deadline in
            do throws(BackendFailure) {
                try await ping(deadline)
                return nil
            } catch {
                return error.reason
            }
        }
    }

    /// A probe over the mail transport.
    init(_ backend: Backend, transport: any MailTransport) {
        self.backend = backend
        ping = { _ in
            do throws(MailFailure) {
                try await transport.ping()
                return nil
            } catch {
                return error.description
            }
        }
    }

    func report(deadline: Deadline, tellsReason: Bool) async -> JSONValue {
        let start = ContinuousClock.now
        if let reason = await ping(deadline) { return .unwell(reason: tellsReason ? reason : nil) }
        let latency = ContinuousClock.now - start
        let microseconds = latency.components.seconds * 1_000_000 + latency.components.attoseconds / 1_000_000_000_000
        return ["ok": true, "latency_ms": .real(Double(microseconds) / 1000)]
    }
}
