// service.ping: whether the process answers. Asks no backend.

import Wire

struct PingMethod: ImmediateMethod {
    let name = "service.ping"
    private static let pong: JSONValue = ["ok": true]

    func answer(_ request: Request) throws(WireError) -> JSONValue {
        if case .none = request.params { return Self.pong }
        _ = try ParameterReader(request, names: [])
        return Self.pong
    }
}
