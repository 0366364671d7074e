// outbox.drop {ids}: queued or dead mail is deleted and never sent. For operators.

import Signup
import Wire

struct OutboxDropMethod: Method {
    let name = "outbox.drop"
    let operatorsOnly = true
    let outbox: any Outbox
    let courier: CourierPolicy
    let clock: WallClock

    func run(_ request: Request, context: RequestContext) async throws(WireError) -> JSONValue {
        let ids = try ParameterReader(request, names: ["ids"]).identifiers("ids")
        do throws(BackendFailure) {
            let dropped = try await outbox.drop(
                ids: ids,
                earlierCodesLive: courier.installedCodeLifetime,
                now: clock.now(),
                deadline: context.deadline
            )
            return ["dropped": .array(dropped.map { .integer($0) })]
        } catch {
            throw WireError(backend: error)
        }
    }
}
