// Lines that are only the params of one method, as `signupd pipe --method` reads them.

import Testing
import Wire

@Suite("Params a line")
struct ParametersModeTests {
    private func replies(to input: String, method: String = "echo") -> Conversation {
        Conversation.replies(to: input, inputMode: .parameters(method: method))
    }

    @Test("each line is the params of the method, and its number is the id; blank lines count")
    func lineNumbers() {
        let conversation = replies(to: "{\"a\":1}\n\n{\"a\":2}\r\n\r\n{\"a\":3}")
        #expect(conversation.answeredIDs == [1, 3, 5])
        #expect(conversation.replies.last == ["jsonrpc": "2.0", "id": 5, "result": ["a": 3]])
    }

    @Test("a bad line is answered under its number")
    func badLines() {
        let long = String(repeating: "x", count: 70_000)
        let conversation = replies(to: "{\"a\":1}\n{]\n\(long)\n7\n{\"_meta\":7}\n{\"a\"")
        #expect(conversation.answeredIDs == [1, 2, 3, 4, 5, 6])
        #expect(conversation.reasons == [.malformedJSON, .lineTooLong, .invalidRequest, .wrongType, .truncated])
        #expect(conversation.session.statistics.malformedMessages == 4)
    }

    @Test("metadata is taken out of the params as ever")
    func metadata() {
        let conversation = replies(to: #"{"a":1,"_meta":{"timeout_ms":1000}}"#)
        #expect(conversation.replies == [["jsonrpc": "2.0", "id": 1, "result": ["a": 1]]])
    }

    @Test("what looks like a request is params too")
    func requestAsParams() {
        let conversation = replies(to: call("echo", id: 9))
        #expect(conversation.answeredIDs == [1])
    }
}
