// An operating failure: a backend could not do its part. Expected outcomes (a taken name, a wrong code) are values instead.

/// A part outside the process that signupd leans on.
public enum Backend: String, Sendable, Hashable, CaseIterable {
    /// Members, signups and the outbox.
    case mariadb
    /// Codes and rate limits.
    case redis
    /// All of them, embedded.
    case sqlite
    /// Mail over SMTP.
    case smtp
    /// Mail into a directory.
    case maildir
    /// The pool that hashes passwords.
    case passwords
}

/// Why a port could not answer.
public struct BackendFailure: Error, Sendable, CustomStringConvertible {
    /// What the caller can make of it.
    public enum Kind: Sendable, Equatable {
        /// Nothing was changed; the backend is away or refuses. Try again later.
        case unavailable
        /// Nothing was changed; a bounded queue in front of the backend is full.
        case overloaded
        /// Nothing was changed; the caller's deadline passed while the job was queued.
        case deadlineExceeded
        /// The process is shutting down; nothing was changed.
        case shuttingDown
        /// A change was sent, and whether it happened could not be found out.
        case outcomeUnknown
        /// The backend answered what it never should: a bug of ours or a damaged schema.
        case defect
    }

    /// Which part failed.
    public let backend: Backend
    /// What the caller can make of it.
    public let kind: Kind
    /// The backend's own number for the failure, where it has one (`mysql_errno`, SQLite's result code, curl's exit code).
    public let nativeCode: Int?
    /// What was wrong, for logs and operators. Never a password, a code or a client's text.
    public let reason: String
    /// When it is worth another try, where the adapter knows (a breaker that is open until then).
    public let retryAfter: Duration?

    /// Describes a failure; `reason` must hold no secret.
    public init(
        _ backend: Backend,
        _ kind: Kind,
        nativeCode: Int? = nil,
        reason: String,
        retryAfter: Duration? = nil
    ) {
        self.backend = backend
        self.kind = kind
        self.nativeCode = nativeCode
        self.reason = reason
        self.retryAfter = retryAfter
    }

    /// Whether the same call may succeed later without anyone mending a bug.
    public var isRetryable: Bool { kind != .defect }

    public var description: String {
        let number = nativeCode.map { " (\($0))" } ?? ""
        return "\(backend.rawValue): \(reason)\(number)"
    }
}
