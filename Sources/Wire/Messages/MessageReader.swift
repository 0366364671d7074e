// Lines to messages: parses a line and checks the JSON-RPC 2.0 envelope of what it holds.

import Cryptography

/// What the lines of a stream are.
public enum InputMode: Sendable, Equatable {
    /// JSON-RPC messages.
    case messages
    /// The params of one method; the id is the number of the line, from 1, blank lines counted.
    case parameters(method: String)
}

/// Reads one line at a time; keeps nothing between them.
struct MessageReader {
    let limits: WireLimits
    let mode: InputMode

    /// Reads a line that is neither blank nor too long.
    func read(_ line: UnsafeRawBufferPointer, isTerminated: Bool, number: Int64) -> Message {
        do throws(JSONSyntaxError) {
            return try JSONNode.withDocument(line, depthLimit: limits.depth) { root in
                switch mode {
                case .messages: message(root)
                case .parameters(let method): .single(request(method: method, params: root, id: .integer(number)))
                }
            }
        } catch {
            // Only a line without its LF can have been cut: then what was opened was not closed.
            let isCut = !isTerminated && NestingScan(line).isUnclosed
            let failure =
                isCut
                ? WireError(.truncated, hint: "the input ended within this line; nothing of it was executed")
                : WireError(.malformedJSON, hint: error.hint)
            return refusal(failure, number: number)
        }
    }

    /// The answer to a line that was thrown away unread.
    func readTooLong(number: Int64) -> Message {
        let hint = "a line has at most \(limits.lineByteCount) bytes"
        return refusal(WireError(.lineTooLong, hint: hint), number: number)
    }

    private func refusal(_ failure: WireError, number: Int64) -> Message {
        let id: RequestID = mode == .messages ? .null : .integer(number)
        return .single(.refused(id: id, isMalformed: true, failure))
    }

    private func message(_ root: JSONNode) -> Message {
        guard root.kind == .array else { return .single(element(root)) }
        guard (1...limits.batchElementCount).contains(root.elementCount) else {
            let hint = "a batch has 1 to \(limits.batchElementCount) elements"
            return .single(.refused(id: .null, isMalformed: true, WireError(.batchSize, hint: hint)))
        }
        return .batch(root.elements.map { element($0) })
    }

    private func element(_ node: JSONNode) -> Message.Element {
        guard node.kind == .object else { return invalid(nil, "a request is a JSON object") }
        let envelope = Envelope(node)
        if envelope.method == nil, envelope.hasOutcome { return .response }
        guard let version = envelope.version, version.kind == .string, version.utf8.equals("2.0") else {
            return invalid(envelope.id, #"add "jsonrpc":"2.0""#)
        }
        guard let method = envelope.method, method.kind == .string else {
            return invalid(envelope.id, #"add "method" with a method's name"#)
        }
        guard let idNode = envelope.id else {
            return hasProperParams(envelope) ? .notification : invalid(nil, paramsHint)
        }
        guard let id = RequestID(idNode, limits: limits) else {
            return invalid(nil, "id is a string of at most \(limits.idByteCount) bytes, a 64-bit integer or null")
        }
        guard hasProperParams(envelope) else { return invalid(idNode, paramsHint) }
        return request(method: method.text, params: envelope.params, id: id)
    }

    private func request(method: String, params node: JSONNode?, id: RequestID) -> Message.Element {
        guard let node else { return .request(Request(id: id, method: method, metadata: defaultMetadata)) }
        switch node.kind {
        case .null:
            return .request(Request(id: id, method: method, metadata: defaultMetadata))
        case .array:
            let params = node.elementCount == 0 ? Params.none : .positional(node.elements.map { JSONValue($0) })
            return .request(Request(id: id, method: method, params: params, metadata: defaultMetadata))
        case .object:
            return namedRequest(method: method, params: node, id: id)
        case .bool, .integer, .real, .string:
            return .refused(id: id, isMalformed: true, WireError(.invalidRequest, hint: paramsHint))
        }
    }

    private func namedRequest(method: String, params node: JSONNode, id: RequestID) -> Message.Element {
        var named = JSONObject()
        var secrets: [String: SecretBytes] = [:]
        var meta: JSONNode?
        node.forEachMember { name, value in
            if name.equals("_meta") {
                meta = value
            } else if name.equals("password"), value.kind == .string {
                // The one secret of the contract.
                secrets["password"] = SecretBytes(value.utf8)
            } else {
                let name = String(decoding: name, as: UTF8.self)
                named.members.append(JSONObject.Member(name: name, value: JSONValue(value)))
            }
        }
        do throws(WireError) {
            let metadata = try meta.map { node throws(WireError) in try Metadata(node, limits: limits) }
            return .request(
                Request(
                    id: id,
                    method: method,
                    params: .named(named),
                    secrets: secrets,
                    metadata: metadata ?? defaultMetadata
                )
            )
        } catch {
            return .refused(id: id, isMalformed: false, error)
        }
    }

    private var defaultMetadata: Metadata { Metadata(timeout: limits.defaultTimeout) }

    private var paramsHint: String { "params is an object" }

    /// Whether `params`, if given at all, can be params.
    private func hasProperParams(_ envelope: Envelope) -> Bool {
        guard let params = envelope.params else { return true }
        return params.kind == .object || params.kind == .array || params.kind == .null
    }

    /// The answer to what is no request; it carries the id if that much was right.
    private func invalid(_ id: JSONNode?, _ hint: String) -> Message.Element {
        let id = id.flatMap { RequestID($0, limits: limits) } ?? .null
        return .refused(id: id, isMalformed: true, WireError(.invalidRequest, hint: hint))
    }
}

/// The members of a message that mean something, found in one pass. All others are ignored.
private struct Envelope {
    private(set) var version: JSONNode?
    private(set) var id: JSONNode?
    private(set) var method: JSONNode?
    private(set) var params: JSONNode?
    private(set) var hasOutcome = false

    init(_ node: JSONNode) {
        node.forEachMember { name, value in
            switch name.count {
            case 2 where name.equals("id"): id = value
            case 5 where name.equals("error"): hasOutcome = true
            case 6 where name.equals("method"): method = value
            case 6 where name.equals("params"): params = value
            case 6 where name.equals("result"): hasOutcome = true
            case 7 where name.equals("jsonrpc"): version = value
            default: break
            }
        }
    }
}
