// A JSON value as the rest of the program handles it.

/// Any JSON value. Integers and reals are kept apart, so that an id or a count is never a rounded number.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Parses exactly one JSON text, strictly: no duplicate names, no NUL, nothing behind it.
    public static func parse(
        _ bytes: some Collection<UInt8>,
        depthLimit: Int = WireLimits().depth
    ) throws(JSONSyntaxError) -> JSONValue {
        let parsed = Array(bytes).withUnsafeBytes { text in
            Result<JSONValue, JSONSyntaxError> { () throws(JSONSyntaxError) in
                try JSONNode.withDocument(text, depthLimit: depthLimit) { JSONValue($0) }
            }
        }
        return try parsed.get()
    }

    /// Copies a parsed value out of its document. Recursive; the depth limit bounds it.
    init(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .real(value)
        case .string: self = .string(node.text)
        case .array: self = .array(node.elements.map { JSONValue($0) })
        case .object: self = .object(JSONObject(node))
        }
    }
}

extension JSONObject {
    /// Copies the members of a parsed object.
    init(_ node: JSONNode) {
        members = []
        node.forEachMember { name, value in
            members.append(Member(name: String(decoding: name, as: UTF8.self), value: JSONValue(value)))
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(members: elements.map(JSONObject.Member.init)))
    }
}
