// The one place where an outcome of the service becomes words of the wire.

import Foundation
import Signup
import Wire

extension WireError {
    /// What a client is told of a request that got no result.
    init(service failure: ServiceFailure) {
        switch failure {
        case .refused(let refusal): self.init(refusal: refusal)
        case .backend(let failure): self.init(backend: failure)
        }
    }

    private init(refusal: Refusal) {
        switch refusal {
        case .emailTaken: self.init(.emailTaken, field: "email")
        case .nicknameTaken: self.init(.nicknameTaken, field: "nickname")
        case .invalidEmail(let hint): self.init(.invalidEmail, field: "email", hint: hint)
        case .invalidNickname(let hint): self.init(.invalidNickname, field: "nickname", hint: hint)
        case .invalidPassword(let hint): self.init(.invalidPassword, field: "password", hint: hint)
        case .codeIncorrectOrExpired(let attemptsLeft):
            self.init(.codeIncorrectOrExpired, field: "code", attemptsLeft: attemptsLeft)
        case .tooManyAttempts: self.init(.tooManyAttempts, field: "code", hint: "ask for another code with resend")
        case .rateLimited(let retryAfter):
            self.init(.rateLimited, retryAfterSeconds: max(1, retryAfter.secondsRoundedUp))
        case .idempotencyConflict: self.init(.idempotencyConflict, field: "_meta.idempotency_key")
        case .noPendingSignup: self.init(.noPendingSignup)
        case .signupIDRequired(let hint): self.init(.missingField, field: "signup_id", hint: hint)
        }
    }

    /// What a client is told when a backend could not do its part. Native codes and reasons go to the log only.
    init(backend failure: BackendFailure) {
        let retryAfterSeconds = max(1, failure.retryAfter?.secondsRoundedUp ?? 1)
        switch failure.kind {
        case .unavailable, .outcomeUnknown:
            let hint =
                failure.kind == .outcomeUnknown
                ? "whether it happened is unknown: ask again with the same idempotency key" : nil
            self.init(.unavailable, hint: hint, retryAfterSeconds: retryAfterSeconds, backend: failure.backend.rawValue)
        case .overloaded:
            self.init(.overloaded, retryAfterSeconds: retryAfterSeconds, backend: failure.backend.rawValue)
        case .deadlineExceeded: self.init(.deadlineExceeded)
        case .shuttingDown: self.init(.shuttingDown, retryAfterSeconds: retryAfterSeconds)
        case .defect: self.init(.internal)
        }
    }
}

extension MailReceipt {
    /// The members that signup and resend share.
    var members: JSONObject {
        [
            "message": "Please verify your email address",
            "signup_id": .string(signupID.description),
            "expires_in": .integer(Int64(expiresIn.secondsRoundedUp)),
            "resend_after": .integer(Int64(resendAfter.secondsRoundedUp)),
        ]
    }
}

extension Member {
    var result: JSONValue {
        [
            "message": "email has been successfully verified",
            "member_id": .integer(id),
            "signup_id": .string(signupID.description),
            "email": .string(email),
            "nickname": .string(nickname),
            "is_active": true,
        ]
    }
}

extension StatusReport {
    var result: JSONValue {
        var members: JSONObject = [
            "state": .string(standing.state.rawValue),
            "is_active": .bool(standing.state == .active),
        ]
        if let mail = standing.mail { members["mail"] = mail.result }
        members["resend_after"] = .integer(Int64(resendAfter.secondsRoundedUp))
        return .object(members)
    }
}

extension Standing.Mail {
    fileprivate var result: JSONValue {
        var members: JSONObject = ["state": .string(state.rawValue), "attempts": .integer(Int64(attempts))]
        if let lastReply { members["last_reply"] = .string(lastReply) }
        if let sentAt { members["sent_at"] = .string(sentAt.iso8601) }
        return .object(members)
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds, as `2026-01-31T12:00:00.000Z`.
    var iso8601: String {
        Date(timeIntervalSince1970: Double(millisecondsSince1970) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
