// outbox.retry {ids}: dead mail is owed again, waiting mail becomes due now. For operators.

import Signup
import Wire

struct OutboxRetryMethod: Method {
    let name = "outbox.retry"
    let operatorsOnly = true
    let outbox: any Outbox
    let bell: CourierBell
    let clock: WallClock

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let ids = try ParameterReader(request, names: ["ids"]).identifiers("ids")
        do throws(BackendFailure) {
            let retried = try await outbox.retry(ids: ids, now: clock.now(), deadline: context.deadline)
            if !retried.isEmpty { bell.ring() }
            return ["retried": .array(retried.map { .integer($0) })]
        } catch {
            throw WireError(backend: error)
        }
    }
}
