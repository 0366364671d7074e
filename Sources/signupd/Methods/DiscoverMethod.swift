// rpc.discover: the OpenRPC document of protocol/, which the program carries in itself. `signupd discover` prints the same.

import Wire

struct DiscoverMethod: ImmediateMethod {
    let name = "rpc.discover"

    func answer(_ request: Request) throws(WireError) -> JSONValue {
        _ = try ParameterReader(request, names: [])
        return ProtocolDocument.value
    }
}

/// protocol/openrpc.json, parsed once.
enum ProtocolDocument {
    /// One method, in the words of the document.
    struct MethodSummary: Equatable {
        let name: String
        let summary: String
    }

    static let value: JSONValue = {
        do throws(JSONSyntaxError) {
            return try JSONValue.parse(PackageResources.openrpc_json)
        } catch {
            preconditionFailure("protocol/openrpc.json is no JSON: \(error)")
        }
    }()

    /// The methods in the document's order, with a line each.
    static var methods: [MethodSummary] {
        guard case .object(let document) = value, case .array(let methods)? = document["methods"] else { return [] }
        return methods.compactMap { method in
            guard case .object(let method) = method, case .string(let name)? = method["name"],
                case .string(let summary)? = method["summary"]
            else { return nil }
            return MethodSummary(name: name, summary: summary)
        }
    }
}
