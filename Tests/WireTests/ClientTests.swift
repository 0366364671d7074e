// The wire seen from the other end.

import Testing
import Wire

@Suite("The client's side")
struct ClientTests {
    @Test("a request is written as one line of ASCII")
    func request() {
        let line = RequestWriter.line(id: 1, method: "signup", params: ["nickname": "Ł\n", "n": 1])
        let expected = #"{"jsonrpc":"2.0","id":1,"method":"signup","params":{"nickname":"\u0141\n","n":1}}"#
        #expect(String(decoding: line, as: UTF8.self) == expected + "\n")
    }

    @Test("without an id it is a notification; without params they are left out")
    func notification() {
        let line = RequestWriter.line(id: nil, method: "m")
        #expect(String(decoding: line, as: UTF8.self) == #"{"jsonrpc":"2.0","method":"m"}"# + "\n")
    }

    @Test("a result is read with its id")
    func result() throws {
        let reply = try Reply.parse((#"{"jsonrpc":"2.0","id":"a","result":{"ok":true}}"# + "\n").utf8)
        #expect(reply == Reply(["jsonrpc": "2.0", "id": "a", "result": ["ok": true]]))
        #expect(reply.id == "a")
        #expect(try reply.outcome.get() == ["ok": true])
    }

    @Test("an error is read with its reason")
    func error() throws {
        let text = #"{"jsonrpc":"2.0","id":null,"error":{"code":1008,"message":"m","data":{"reason":"RATE_LIMITED"}}}"#
        let reply = try Reply.parse(text.utf8)
        let error = #expect(throws: Reply.RemoteError.self) { try reply.outcome.get() }
        #expect(error?.code == 1008 && error?.message == "m" && error?.reason == .rateLimited)
        #expect(reply.id == .null)
    }

    @Test(
        "what is no reply is refused",
        arguments: [
            "{}", "[]", #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"2.0","result":1}"#, #"{"id":1,"result":1}"#,
            #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"m"}}"#,
            #"{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"m"}}"#,
        ]
    )
    func notAReply(_ text: String) {
        #expect(throws: Reply.Problem.notAReply) { try Reply.parse(text.utf8) }
    }

    @Test("what is not JSON is told apart from it")
    func malformed() {
        #expect(throws: Reply.Problem.malformed(JSONSyntaxError(.incomplete, byteOffset: 0))) { try Reply.parse([]) }
    }
}
