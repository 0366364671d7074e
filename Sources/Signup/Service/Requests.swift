// What the service is asked: checked for shape by the method files, for meaning by the service.

public import Cryptography

/// A request to join.
public struct SignupRequest: Sendable {
    /// As the client sent them; the service checks the rules.
    public let email: String
    public let password: SecretBytes
    public let nickname: String
    /// A BCP 47 tag.
    public let locale: String?
    public let clientAddress: ClientAddress?
    /// The client's key for "the same request again", 1–128 characters.
    public let idempotencyKey: String?

    public init(
        email: String,
        password: SecretBytes,
        nickname: String,
        locale: String?,
        clientAddress: ClientAddress?,
        idempotencyKey: String?
    ) {
        self.email = email
        self.password = password
        self.nickname = nickname
        self.locale = locale
        self.clientAddress = clientAddress
        self.idempotencyKey = idempotencyKey
    }
}

/// Whom a client means: an address, a signup, or both.
public enum Subject: Sendable, Hashable {
    case email(String)
    case signup(SignupID)
    case both(email: String, signup: SignupID)

    var email: String? {
        switch self {
        case .email(let email), .both(let email, _): email
        case .signup: nil
        }
    }

    var signupID: SignupID? {
        switch self {
        case .signup(let id), .both(_, let id): id
        case .email: nil
        }
    }
}

/// A request to become a member.
public struct VerifyRequest: Sendable {
    public let subject: Subject
    /// As typed.
    public let code: String
    /// Another nickname, if the first was taken meanwhile.
    public let nickname: String?
    public let clientAddress: ClientAddress?

    public init(subject: Subject, code: String, nickname: String?, clientAddress: ClientAddress?) {
        self.subject = subject
        self.code = code
        self.nickname = nickname
        self.clientAddress = clientAddress
    }
}

/// A request for another code.
public struct ResendRequest: Sendable {
    public let subject: Subject
    public let clientAddress: ClientAddress?
    public let idempotencyKey: String?

    public init(subject: Subject, clientAddress: ClientAddress?, idempotencyKey: String?) {
        self.subject = subject
        self.clientAddress = clientAddress
        self.idempotencyKey = idempotencyKey
    }
}
