// service.info: which program this is, which protocol it speaks, and the limits it keeps.

import Signup
import Wire

struct InfoMethod: ImmediateMethod {
    let name = "service.info"
    let limits: WireLimits
    let policy: SignupPolicy

    func answer(_ request: Request) throws(WireError) -> JSONValue {
        _ = try ParameterReader(request, names: [])
        return [
            "name": "signupd",
            "version": .string(ProgramVersion.program),
            "protocol": .string(ProgramVersion.wireProtocol),
            "privacy": .string(policy.privacy.rawValue),
            "verify_by": .string(policy.verifyBy.rawValue),
            "limits": .object(limits.members),
            "policy": .object(policy.members),
        ]
    }
}

extension WireLimits {
    /// Every limit of the contract, under its name there.
    var members: JSONObject {
        [
            "line_bytes": .integer(Int64(lineByteCount)),
            "reply_bytes": .integer(Int64(replyByteCount)),
            "depth": .integer(Int64(depth)),
            "batch_elements": .integer(Int64(batchElementCount)),
            "in_flight": .integer(Int64(inFlightCount)),
            "in_flight_bytes": .integer(Int64(inFlightByteCount)),
            "unread_output_bytes": .integer(Int64(unreadOutputByteCount)),
            "output_stall_seconds": .integer(Int64(outputStall.secondsRoundedUp)),
            "connections": .integer(Int64(connectionCount)),
            "connections_per_user": .integer(Int64(connectionCountPerUser)),
            "idle_seconds": .integer(Int64(idleTime.secondsRoundedUp)),
            "id_bytes": .integer(Int64(idByteCount)),
            "idempotency_key_characters": .integer(Int64(idempotencyKeyLength.upperBound)),
            "timeout_ms_default": .integer(defaultTimeout.components.seconds * 1000),
            "timeout_ms_max": .integer(timeoutMilliseconds.upperBound),
        ]
    }
}

extension SignupPolicy {
    fileprivate var members: JSONObject {
        [
            "code_ttl_seconds": .integer(Int64(codeLifetime.secondsRoundedUp)),
            "code_tries": .integer(Int64(codeTries)),
            "guesses_per_day": .integer(Int64(guessesPerDay)),
            "resend_after_seconds": .integer(Int64(resendAfter.secondsRoundedUp)),
            "resend_per_hour": .integer(Int64(mailsPerHour)),
            "resend_per_day": .integer(Int64(mailsPerDay)),
            "password_min_length": .integer(Int64(passwordMinimumLength)),
        ]
    }
}
