// The error registry: every reason with its code, its HTTP status and its words. A reason and its code never change.

/// Why a request failed. The raw value is `data.reason` on the wire.
public enum ErrorReason: String, Sendable, CaseIterable {
    case malformedJSON = "MALFORMED_JSON"
    case truncated = "TRUNCATED"
    case invalidRequest = "INVALID_REQUEST"
    case lineTooLong = "LINE_TOO_LONG"
    case batchSize = "BATCH_SIZE"
    case methodNotFound = "METHOD_NOT_FOUND"
    case missingField = "MISSING_FIELD"
    case unknownField = "UNKNOWN_FIELD"
    case wrongType = "WRONG_TYPE"
    case `internal` = "INTERNAL"
    case overloaded = "OVERLOADED"
    case deadlineExceeded = "DEADLINE_EXCEEDED"
    case unavailable = "UNAVAILABLE"
    case peerDenied = "PEER_DENIED"
    case shuttingDown = "SHUTTING_DOWN"
    case emailTaken = "EMAIL_TAKEN"
    case nicknameTaken = "NICKNAME_TAKEN"
    case invalidEmail = "INVALID_EMAIL"
    case invalidNickname = "INVALID_NICKNAME"
    case invalidPassword = "INVALID_PASSWORD"
    case codeIncorrectOrExpired = "CODE_INCORRECT_OR_EXPIRED"
    case tooManyAttempts = "TOO_MANY_ATTEMPTS"
    case rateLimited = "RATE_LIMITED"
    case idempotencyConflict = "IDEMPOTENCY_CONFLICT"
    case noPendingSignup = "NO_PENDING_SIGNUP"

    /// The JSON-RPC error code.
    public var code: Int { entry.code }
    /// What a web backend may hand on as its HTTP status.
    public var status: Int { entry.status }
    /// For people; may change.
    public var message: String { entry.message }

    private var entry: (code: Int, status: Int, message: String) {
        switch self {
        case .malformedJSON, .truncated: (-32700, 400, "Parse error")
        case .invalidRequest, .lineTooLong, .batchSize: (-32600, 400, "Invalid Request")
        case .methodNotFound: (-32601, 405, "Method not found")
        case .missingField, .unknownField, .wrongType: (-32602, 400, "Invalid params")
        case .internal: (-32603, 500, "Internal error")
        case .overloaded: (-32001, 503, "Overloaded")
        case .deadlineExceeded: (-32002, 504, "Deadline exceeded")
        case .unavailable: (-32003, 503, "Service unavailable")
        case .peerDenied: (-32004, 403, "Not allowed for this user")
        case .shuttingDown: (-32005, 503, "Shutting down")
        case .emailTaken: (1001, 409, "Email is already registered")
        case .nicknameTaken: (1002, 409, "Nickname is already taken")
        case .invalidEmail: (1003, 400, "Invalid email address")
        case .invalidNickname: (1004, 400, "Invalid nickname")
        case .invalidPassword: (1005, 400, "Invalid password")
        case .codeIncorrectOrExpired: (1006, 400, "an incorrect or expired verification code")
        case .tooManyAttempts: (1007, 429, "Too many attempts")
        case .rateLimited: (1008, 429, "Too many requests")
        case .idempotencyConflict: (1009, 409, "Idempotency key was used with other params")
        case .noPendingSignup: (1010, 404, "No pending signup")
        }
    }
}
