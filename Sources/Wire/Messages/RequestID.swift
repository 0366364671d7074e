// What ties a reply to its request.

/// A request's id, echoed in its reply as it was sent.
public enum RequestID: Sendable, Hashable {
    case null
    case integer(Int64)
    case string(String)
}

extension RequestID {
    /// Takes an id the contract allows: a string that is not too long, an integer, or null. `nil` for anything else.
    init?(_ node: JSONNode, limits: WireLimits) {
        switch node.kind {
        case .null: self = .null
        case .integer(let value): self = .integer(value)
        case .string where node.utf8.count <= limits.idByteCount: self = .string(node.text)
        default: return nil
        }
    }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(static: "null")
        case .integer(let value): bytes.append(integer: value)
        case .string(let value): bytes.append(quoted: value)
        }
    }
}

extension RequestID: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}
