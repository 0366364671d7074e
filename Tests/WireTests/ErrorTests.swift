// The error registry as clients know it, and errors as bytes.

import Testing
import Wire

@Suite("Errors")
struct ErrorTests {
    /// The contract, written down a second time: changing a code by accident must fail.
    static let registry: [(String, Int, Int)] = [
        ("MALFORMED_JSON", -32700, 400), ("TRUNCATED", -32700, 400), ("INVALID_REQUEST", -32600, 400),
        ("LINE_TOO_LONG", -32600, 400), ("BATCH_SIZE", -32600, 400), ("METHOD_NOT_FOUND", -32601, 405),
        ("MISSING_FIELD", -32602, 400), ("UNKNOWN_FIELD", -32602, 400), ("WRONG_TYPE", -32602, 400),
        ("INTERNAL", -32603, 500), ("OVERLOADED", -32001, 503), ("DEADLINE_EXCEEDED", -32002, 504),
        ("UNAVAILABLE", -32003, 503), ("PEER_DENIED", -32004, 403), ("SHUTTING_DOWN", -32005, 503),
        ("EMAIL_TAKEN", 1001, 409), ("NICKNAME_TAKEN", 1002, 409), ("INVALID_EMAIL", 1003, 400),
        ("INVALID_NICKNAME", 1004, 400), ("INVALID_PASSWORD", 1005, 400), ("CODE_INCORRECT_OR_EXPIRED", 1006, 400),
        ("TOO_MANY_ATTEMPTS", 1007, 429), ("RATE_LIMITED", 1008, 429), ("IDEMPOTENCY_CONFLICT", 1009, 409),
        ("NO_PENDING_SIGNUP", 1010, 404),
    ]

    @Test("every reason has the code and the status that the contract names", arguments: registry)
    func code(_ name: String, _ code: Int, _ status: Int) throws {
        let reason = try #require(ErrorReason(rawValue: name))
        #expect(reason.code == code)
        #expect(reason.status == status)
        #expect(ErrorReason.allCases.count == Self.registry.count)
    }

    @Test("the messages that the contract quotes are exactly these")
    func messages() {
        #expect(ErrorReason.malformedJSON.message == "Parse error")
        #expect(ErrorReason.invalidRequest.message == "Invalid Request")
        #expect(ErrorReason.methodNotFound.message == "Method not found")
        #expect(ErrorReason.wrongType.message == "Invalid params")
        #expect(ErrorReason.internal.message == "Internal error")
        #expect(ErrorReason.emailTaken.message == "Email is already registered")
        #expect(ErrorReason.nicknameTaken.message == "Nickname is already taken")
        #expect(ErrorReason.codeIncorrectOrExpired.message == "an incorrect or expired verification code")
    }

    @Test("every error is written with its code, message, reason and status", arguments: ErrorReason.allCases)
    func encoding(_ reason: ErrorReason) {
        let data = #"{"reason":"\#(reason.rawValue)","status":\#(reason.status)}"#
        let error = #"{"code":\#(reason.code),"message":"\#(reason.message)","data":\#(data)}"#
        #expect(reply(WireError(reason)).text == #"{"jsonrpc":"2.0","id":1,"error":\#(error)}"# + "\n")
    }

    @Test("what applies is written, under the names of the contract")
    func data() {
        let failure = WireError(
            .unavailable,
            message: "No \"database\"",
            field: "email",
            hint: "wait",
            retryAfterSeconds: 5,
            attemptsLeft: 0,
            backend: "mariadb"
        )
        let expected: JSONObject = [
            "reason": "UNAVAILABLE", "status": 503, "field": "email", "hint": "wait", "retry_after": 5,
            "attempts_left": 0, "backend": "mariadb",
        ]
        let error = reply(failure).errors.first
        #expect(error?.data == expected)
        #expect(error?.message == "No \"database\"")
        #expect(error?.code == -32003)
    }

    @Test("a field's name is cut between characters when it is too long to be one of ours")
    func longField() {
        let failure = WireError(.unknownField, field: "x" + String(repeating: "\u{e9}", count: 30_000))
        let field = "x" + String(repeating: "\u{e9}", count: 63)
        #expect(reply(failure).errors.first?.data["field"] == .string(field))
    }

    @Test("a reply stays under 64 KiB with its LF; a larger one becomes an internal error")
    func replyLimit() {
        let frame = #"{"jsonrpc":"2.0","id":1,"result":""}"#.utf8.count + 1
        let largest = String(repeating: "x", count: 65_535 - frame)
        #expect(result(.string(largest)).output.count == 65_535)
        let tooLarge = result(.string(largest + "x"))
        #expect(tooLarge.answeredIDs == [1])
        #expect(tooLarge.reasons == [.internal])
        #expect(tooLarge.session.statistics.errors == 1 && tooLarge.session.statistics.results == 0)
    }

    private func reply(_ failure: WireError) -> Conversation {
        var conversation = Conversation(admit: { _ in .answer(.failure(failure)) })
        conversation.send(call("m", id: 1))
        return conversation
    }

    private func result(_ value: JSONValue) -> Conversation {
        var conversation = Conversation(admit: { _ in .answer(.success(value)) })
        conversation.send(call("m", id: 1))
        return conversation
    }
}
