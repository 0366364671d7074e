// An error reply before it is bytes.

/// What a request comes to.
public typealias Outcome = Result<JSONValue, WireError>

/// An error as a client sees it. Never carries an e-mail address, a code or a password.
public struct WireError: Error, Sendable, Equatable {
    public var reason: ErrorReason
    /// Says it better than the reason's own message.
    public var message: String?
    /// The param that is wrong; `_meta.timeout_ms` for one of its members.
    public var field: String?
    /// What is wrong and what to do about it.
    public var hint: String?
    public var retryAfterSeconds: Int?
    public var attemptsLeft: Int?
    /// Which backend is down.
    public var backend: String?

    public init(
        _ reason: ErrorReason,
        message: String? = nil,
        field: String? = nil,
        hint: String? = nil,
        retryAfterSeconds: Int? = nil,
        attemptsLeft: Int? = nil,
        backend: String? = nil
    ) {
        self.reason = reason
        self.message = message
        self.field = field
        self.hint = hint
        self.retryAfterSeconds = retryAfterSeconds
        self.attemptsLeft = attemptsLeft
        self.backend = backend
    }

    /// Appends the value of a reply's `error`.
    func append(to bytes: inout [UInt8], limits: WireLimits) {
        bytes.append(static: #"{"code":"#)
        bytes.append(integer: Int64(reason.code))
        bytes.append(static: #","message":"#)
        bytes.append(quoted: message ?? reason.message)
        bytes.append(static: #","data":{"reason":"#)
        bytes.append(quoted: reason.rawValue)
        bytes.append(static: #","status":"#)
        bytes.append(integer: Int64(reason.status))
        bytes.append(member: "field", field.map { cut($0, to: limits.fieldByteCount) })
        bytes.append(member: "hint", hint)
        bytes.append(member: "retry_after", retryAfterSeconds)
        bytes.append(member: "attempts_left", attemptsLeft)
        bytes.append(member: "backend", backend)
        bytes.append(static: "}}")
    }

    /// The text, or as many of its characters as fit.
    private func cut(_ text: String, to byteCount: Int) -> String {
        guard text.utf8.count > byteCount else { return text }
        var kept = ""
        for scalar in text.unicodeScalars {
            guard kept.utf8.count + UTF8.width(scalar) <= byteCount else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}

extension [UInt8] {
    fileprivate mutating func append(member name: StaticString, _ value: String?) {
        guard let value else { return }
        append(name: name)
        append(quoted: value)
    }

    fileprivate mutating func append(member name: StaticString, _ value: Int?) {
        guard let value else { return }
        append(name: name)
        append(integer: Int64(value))
    }

    private mutating func append(name: StaticString) {
        append(static: ",\"")
        append(static: name)
        append(static: "\":")
    }
}
