// The client's side of a reply.

/// One reply as its client reads it.
public struct Reply: Sendable, Equatable {
    /// An error reply.
    public struct RemoteError: Error, Sendable, Equatable {
        public let code: Int
        public let message: String
        /// Empty if there was none.
        public let data: JSONObject

        /// The reason, if it is one we know.
        public var reason: ErrorReason? {
            guard case .string(let name) = data["reason"] else { return nil }
            return ErrorReason(rawValue: name)
        }
    }

    /// Why a line is no reply.
    public enum Problem: Error, Sendable, Equatable {
        case malformed(JSONSyntaxError)
        case notAReply
    }

    public let id: RequestID
    public let outcome: Result<JSONValue, RemoteError>

    /// Reads one line, with or without its terminator.
    public static func parse(_ line: some Collection<UInt8>) throws(Problem) -> Reply {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue.parse(line)
        } catch {
            throw .malformed(error)
        }
        guard let reply = Reply(value) else { throw .notAReply }
        return reply
    }

    /// Takes a reply out of a parsed line or an element of a batch's array. `nil` if it is none.
    public init?(_ value: JSONValue) {
        guard case .object(let reply) = value, reply["jsonrpc"] == "2.0", let id = RequestID(reply["id"]) else {
            return nil
        }
        self.id = id
        switch (reply["result"], reply["error"]) {
        case (let result?, nil):
            outcome = .success(result)
        case (nil, .object(let failure)):
            guard let failure = RemoteError(failure) else { return nil }
            outcome = .failure(failure)
        default:
            return nil
        }
    }
}

extension Reply.RemoteError {
    fileprivate init?(_ object: JSONObject) {
        guard case .integer(let code) = object["code"], case .string(let message) = object["message"] else {
            return nil
        }
        self.code = Int(code)
        self.message = message
        if case .object(let data) = object["data"] { self.data = data } else { data = [:] }
    }
}

extension RequestID {
    fileprivate init?(_ value: JSONValue?) {
        switch value {
        case .null: self = .null
        case .integer(let value): self = .integer(value)
        case .string(let value): self = .string(value)
        default: return nil
        }
    }
}
