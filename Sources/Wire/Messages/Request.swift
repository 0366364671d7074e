// A request as the methods see it: the envelope is checked and gone.

public import Cryptography

/// One call that wants a reply. (A notification wants none, is never executed, and so never becomes a request.)
public struct Request: Sendable, Equatable {
    public let id: RequestID
    public let method: String
    public let params: Params
    /// The params that are secrets, by name. They are not among `params`: no `String` ever holds them.
    public let secrets: [String: SecretBytes]
    public let metadata: Metadata

    public init(
        id: RequestID,
        method: String,
        params: Params = .none,
        secrets: [String: SecretBytes] = [:],
        metadata: Metadata = Metadata()
    ) {
        self.id = id
        self.method = method
        self.params = params
        self.secrets = secrets
        self.metadata = metadata
    }
}

/// What a method is given.
public enum Params: Sendable, Equatable {
    /// Absent, `null` or `[]`.
    case none
    /// By name, without `_meta`.
    case named(JSONObject)
    /// By position, at least one. No method of ours takes these.
    case positional([JSONValue])
}

/// What `params._meta` says about the call itself.
public struct Metadata: Sendable, Equatable {
    /// How long the client waits.
    public var timeout: Duration
    /// Names this request, so that sending it again does not do it again.
    public var idempotencyKey: String?
    /// The caller's trace (W3C Trace Context), for the logs.
    public var traceparent: String?

    public init(
        timeout: Duration = WireLimits().defaultTimeout,
        idempotencyKey: String? = nil,
        traceparent: String? = nil
    ) {
        self.timeout = timeout
        self.idempotencyKey = idempotencyKey
        self.traceparent = traceparent
    }
}
