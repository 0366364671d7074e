// Which JSON is a request, and which id its refusal carries.

import TestVectors
import Testing
import Wire

@Suite("The envelope")
struct EnvelopeTests {
    @Test("a request without jsonrpc 2.0 is told what to add, under its own id")
    func version() {
        for version in ["", #""jsonrpc":"1.0","#, #""jsonrpc":2.0,"#, #""jsonrpc":null,"#] {
            let conversation = Conversation.replies(to: "{\(version)\"id\":7,\"method\":\"echo\"}\n")
            #expect(conversation.answeredIDs == [7])
            #expect(conversation.errors.first?.data["reason"] == "INVALID_REQUEST")
            #expect(conversation.errors.first?.data["hint"] == #"add "jsonrpc":"2.0""#)
        }
    }

    @Test(
        "a request that is none is refused under its id, if that is one",
        arguments: [
            (#"{"jsonrpc":"2.0","id":1}"#, 1), (#"{"jsonrpc":"2.0","id":"a","method":7}"#, "a"),
            (#"{"jsonrpc":"2.0","id":null,"method":null}"#, .null),
            (#"{"jsonrpc":"2.0","id":1,"method":"echo","params":"x"}"#, 1),
            (#"{"jsonrpc":"2.0","id":1,"method":"echo","params":false}"#, 1),
            (#"{"jsonrpc":"2.0","method":"echo","params":1}"#, .null), (#"{"jsonrpc":"2.0","id":1.0}"#, .null),
            (#"{"id":true}"#, .null), (#"{}"#, .null), ("3", .null),
        ] as [(String, RequestID)]
    )
    func invalidRequests(_ line: String, _ id: RequestID) {
        let conversation = Conversation.replies(to: line + "\n")
        #expect(conversation.answeredIDs == [id])
        #expect(conversation.reasons == [.invalidRequest])
        #expect(conversation.session.statistics.malformedMessages == 1)
    }

    @Test("a batch within a batch is an invalid request")
    func nestedBatch() {
        let conversation = Conversation.replies(to: "[[]]\n")
        #expect(matches(conversation.replies.first, [["id": nil, "error": ["data": ["reason": "INVALID_REQUEST"]]]]))
    }

    @Test(
        "an id is echoed as it was sent",
        arguments: [
            "null", "0", "-1", "9223372036854775807", "-9223372036854775808", #""""#, #""a\u00e9\ud83d\udeb2\"""#,
        ]
    )
    func echoedIDs(_ id: String) {
        let conversation = Conversation.replies(to: "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"echo\"}\n")
        #expect(conversation.text == "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":{}}\n")
    }

    @Test(
        "an id that is no string, 64-bit integer or null is refused",
        arguments: ["1.0", "1e2", "true", "[]", "{}"]
    )
    func refusedIDs(_ id: String) {
        let conversation = Conversation.replies(to: "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"echo\"}\n")
        #expect(conversation.answeredIDs == [.null])
        #expect(conversation.reasons == [.invalidRequest])
    }

    @Test("a string id may have 256 bytes")
    func idLength() {
        let id = String(repeating: "\u{e9}", count: 128)
        #expect(Conversation.replies(to: call("echo", id: .string(id))).answeredIDs == [.string(id)])
        let refused = Conversation.replies(to: call("echo", id: .string(id + "x")))
        #expect(refused.answeredIDs == [.null] && refused.reasons == [.invalidRequest])
    }

    @Test("null and an empty array are no params")
    func noParams() {
        for params in ["null", "[]"] {
            let line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":\(params)}\n"
            #expect(admitted(line).map(\.params) == [.none])
        }
        #expect(admitted(#"{"jsonrpc":"2.0","id":1,"method":"m"}"# + "\n").map(\.params) == [.none])
    }

    @Test("params keep their values, by name and by position")
    func params() {
        let named = admitted(#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,{"b":null}],"_meta":{}}}"# + "\n")
        #expect(named.map(\.params) == [.named(["a": [1, ["b": nil]]])])
        let positional = admitted(#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1,"x"]}"# + "\n")
        #expect(positional.map(\.params) == [.positional([1, "x"])])
    }

    @Test("a notification is never executed, answered or admitted, and is counted")
    func notifications() {
        let input = #"{"jsonrpc":"2.0","method":"signup","params":{"email":"a@example.org","_meta":3}}"# + "\n"
        #expect(admitted(input).isEmpty)
        let conversation = Conversation.replies(to: input)
        #expect(conversation.output.isEmpty)
        #expect(conversation.session.statistics.droppedNotifications == 1)
        #expect(conversation.session.statistics.requests == 0)
    }

    @Test("a reply object is never answered, and is counted")
    func responses() {
        let conversation = Conversation.replies(to: #"{"result":1}"# + "\n" + #"[{"jsonrpc":"2.0","error":{}}]"# + "\n")
        #expect(conversation.output.isEmpty)
        #expect(conversation.session.statistics.droppedResponses == 2)
    }

    @Test("results, errors and malformed messages are counted")
    func statistics() {
        let statistics = Conversation.replies(to: call("echo", id: 1) + call("nope", id: 2) + "x\n").session.statistics
        #expect(statistics.requests == 2)
        #expect(statistics.results == 1)
        #expect(statistics.errors == 2)
        #expect(statistics.malformedMessages == 1)
    }

    /// The requests that some input is understood as.
    private func admitted(_ input: String) -> [Request] {
        var conversation = Conversation(admit: { _ in .run(subjects: []) })
        conversation.send(input)
        return conversation.running.map(\.request)
    }
}

@Suite("Metadata")
struct MetadataTests {
    private func metadata(_ text: String) -> (accepted: Metadata?, refused: Reply.RemoteError?) {
        var conversation = Conversation(admit: { _ in .run(subjects: []) })
        conversation.send(#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"_meta":\#(text)}}"# + "\n")
        return (conversation.running.first?.request.metadata, conversation.errors.first)
    }

    @Test("without it a request has 15 seconds")
    func defaults() {
        #expect(metadata("{}").accepted == Metadata(timeout: .seconds(15), idempotencyKey: nil, traceparent: nil))
    }

    @Test(
        "null is the same as absent",
        arguments: ["null", #"{"timeout_ms":null,"idempotency_key":null,"traceparent":null}"#]
    )
    func null(_ text: String) {
        #expect(metadata(text).accepted == Metadata(timeout: .seconds(15), idempotencyKey: nil, traceparent: nil))
    }

    @Test("what it says is taken, and what it does not know is ignored")
    func values() {
        let accepted = metadata(#"{"timeout_ms":60000,"idempotency_key":"k","traceparent":"00-ab-cd-01","x":[]}"#)
        #expect(accepted.accepted == Metadata(timeout: .seconds(60), idempotencyKey: "k", traceparent: "00-ab-cd-01"))
    }

    @Test(
        "what is wrong in it is named",
        arguments: [
            ("[]", "_meta"), ("1", "_meta"), (#"{"timeout_ms":0}"#, "_meta.timeout_ms"),
            (#"{"timeout_ms":60001}"#, "_meta.timeout_ms"), (#"{"timeout_ms":"5"}"#, "_meta.timeout_ms"),
            (#"{"timeout_ms":1.5}"#, "_meta.timeout_ms"),
            (#"{"idempotency_key":""}"#, "_meta.idempotency_key"), (#"{"idempotency_key":7}"#, "_meta.idempotency_key"),
            (#"{"traceparent":""}"#, "_meta.traceparent"), (#"{"traceparent":"a\nb"}"#, "_meta.traceparent"),
            (#"{"traceparent":{}}"#, "_meta.traceparent"),
        ]
    )
    func refused(_ text: String, _ field: String) {
        let refused = metadata(text).refused
        #expect(refused?.reason == .wrongType)
        #expect(refused?.data["field"] == .string(field))
        #expect(refused?.data["hint"] != nil)
    }

    @Test("an idempotency key has at most 128 characters, of any width")
    func keyLength() {
        let key = String(repeating: "\u{1F6B2}", count: 128)
        #expect(metadata(#"{"idempotency_key":"\#(key)"}"#).accepted?.idempotencyKey == key)
        #expect(metadata(#"{"idempotency_key":"\#(key)x"}"#).refused?.reason == .wrongType)
    }
}
