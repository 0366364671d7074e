// The methods of the JSON-RPC 2.0 specification's examples, and two of our own.

import Wire

enum TestMethods {
    /// Sleeps and health checks are executed; all else is answered at once.
    static func admit(_ request: Request) -> Session.Admission {
        switch request.method {
        case "sleep", "service.health": .run(subjects: [])
        default: .answer(run(request))
        }
    }

    /// Every method is executed, so that every reply comes later.
    static func admitLater(_: Request) -> Session.Admission {
        .run(subjects: [])
    }

    static func run(_ request: Request) -> Outcome {
        switch request.method {
        case "subtract": subtract(request.params)
        case "sum": .success(.integer(integers(request.params).reduce(0, +)))
        case "get_data": .success(["hello", 5])
        case "echo", "sleep": echo(request.params)
        case "update", "notify_hello", "notify_sum": .success(nil)
        case "service.ping", "service.health": .success(["ok": true])
        case "signup": signup(request.params)
        default: .failure(WireError(.methodNotFound))
        }
    }

    /// How long a method takes.
    static func duration(_ request: Request) -> Int64 {
        guard case .named(let params) = request.params, case .integer(let milliseconds) = params["ms"] else { return 0 }
        return milliseconds
    }

    private static func subtract(_ params: Params) -> Outcome {
        switch params {
        case .positional(let operands):
            guard operands.count == 2, case .integer(let left) = operands[0], case .integer(let right) = operands[1]
            else { return .failure(WireError(.wrongType)) }
            return .success(.integer(left - right))
        case .named(let operands):
            guard case .integer(let left) = operands["minuend"], case .integer(let right) = operands["subtrahend"]
            else { return .failure(WireError(.missingField)) }
            return .success(.integer(left - right))
        case .none:
            return .failure(WireError(.missingField, field: "minuend"))
        }
    }

    private static func echo(_ params: Params) -> Outcome {
        switch params {
        case .none: .success([:])
        case .named(let object): .success(.object(object))
        case .positional: .failure(WireError(.wrongType, field: "params"))
        }
    }

    /// Not the real one: only whether there are params by name with an e-mail.
    private static func signup(_ params: Params) -> Outcome {
        guard case .named(let object) = params, object["email"] != nil else {
            return .failure(WireError(.missingField, field: "email"))
        }
        return .success([:])
    }

    private static func integers(_ params: Params) -> [Int64] {
        guard case .positional(let values) = params else { return [] }
        return values.compactMap { value in
            guard case .integer(let integer) = value else { return nil }
            return integer
        }
    }
}
