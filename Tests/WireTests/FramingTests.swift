// Where a line ends, and what becomes of lines that are blank, too long or cut.

import Testing
import Wire

@Suite("Lines")
struct FramingTests {
    private let limit = WireLimits().lineByteCount

    /// A ping of exactly that many bytes, without a terminator.
    private func ping(byteCount: Int) -> String {
        let short = #"{"jsonrpc":"2.0","id":1,"method":"service.ping","filler":""}"#
        return short.dropLast(2) + String(repeating: "x", count: byteCount - short.utf8.count) + "\"}"
    }

    @Test("LF and CRLF end a line; the reply ends in a bare LF", arguments: ["\n", "\r\n"])
    func terminators(_ terminator: String) {
        let conversation = Conversation.replies(to: ping(byteCount: 80) + terminator + ping(byteCount: 90) + terminator)
        let reply = #"{"jsonrpc":"2.0","id":1,"result":{"ok":true}}"# + "\n"
        #expect(conversation.text == reply + reply)
    }

    @Test("blank lines are skipped", arguments: ["\n", "\r\n", "  \t\n", "\r\r\n"])
    func blankLines(_ blank: String) {
        let conversation = Conversation.replies(to: blank + call("echo", id: 1) + blank + blank)
        #expect(conversation.answeredIDs == [1])
        #expect(conversation.session.statistics.malformedMessages == 0)
    }

    @Test("a line may have 65,536 bytes, its CR and LF and a BOM not counted", arguments: ["\n", "\r\n", ""])
    func longestLine(_ terminator: String) {
        for mark in ["", "\u{FEFF}"] {
            let conversation = Conversation.replies(to: mark + ping(byteCount: limit) + terminator)
            #expect(conversation.answeredIDs == [1])
        }
    }

    @Test("a longer line is one error, and the line after it works", arguments: ["\n", "\r\n"])
    func tooLong(_ terminator: String) {
        for excess in [1, 2, 3, 4, 5, 6, 100_000] {
            let input = ping(byteCount: limit + excess) + terminator + call("echo", id: "next")
            let conversation = Conversation.replies(to: input)
            #expect(conversation.answeredIDs == [.null, "next"])
            #expect(conversation.reasons == [.lineTooLong])
            #expect(conversation.session.statistics.malformedMessages == 1)
        }
    }

    @Test("a line without end is answered once it is too long, and takes no memory")
    func endlessLine() {
        var conversation = Conversation()
        for _ in 0..<100 {
            conversation.send([UInt8](repeating: UInt8(ascii: "["), count: 32_768))
            #expect(conversation.session.wantsInput)
        }
        #expect(conversation.reasons == [.lineTooLong])
        conversation.send("]]\n" + call("echo", id: 1))
        #expect(conversation.answeredIDs == [.null, 1])
        conversation.end()
        #expect(conversation.session.isFinished)
    }

    @Test("a line too long that the input ends within is one error")
    func endlessLineEnds() {
        let conversation = Conversation.replies(to: String(repeating: "x", count: limit + 50))
        #expect(conversation.reasons == [.lineTooLong])
    }

    @Test("a BOM is taken at the start of the stream and nowhere else")
    func byteOrderMark() {
        let conversation = Conversation.replies(to: "\u{FEFF}" + call("echo", id: 1) + "\u{FEFF}" + call("echo", id: 2))
        #expect(conversation.answeredIDs == [1, .null])
        #expect(conversation.reasons == [.malformedJSON])
    }

    @Test("nothing but a BOM is a blank line")
    func onlyByteOrderMark() {
        #expect(Conversation.replies(to: "\u{FEFF}").output.isEmpty)
        #expect(Conversation.replies(to: "\u{FEFF}\n").output.isEmpty)
    }

    @Test("the last line may lack its LF")
    func lastLine() {
        let conversation = Conversation.replies(to: call("echo", id: 1) + call("echo", id: 2).dropLast())
        #expect(conversation.answeredIDs == [1, 2])
    }

    @Test("a request cut anywhere is TRUNCATED and not executed")
    func cutLine() {
        let line = call("sleep", id: 1, ["text": "\u{e9}\\ [{", "list": [1, [true]]]).dropLast()
        for length in 1..<line.utf8.count {
            var conversation = Conversation(admit: { _ in .run(subjects: []) })
            conversation.send(Array(line.utf8.prefix(length)))
            conversation.end()
            #expect(conversation.runningIDs.isEmpty)
            #expect(conversation.reasons == [.truncated])
            #expect(conversation.session.isFinished)
        }
    }

    @Test("a line that has its LF was not cut, whatever it lacks")
    func unclosedLine() {
        #expect(Conversation.replies(to: "{\"jsonrpc\":\n").reasons == [.malformedJSON])
        #expect(Conversation.replies(to: "GET / HTTP/1.1").reasons == [.malformedJSON])
    }

    @Test("no input is no output")
    func nothing() {
        let conversation = Conversation.replies(to: "")
        #expect(conversation.output.isEmpty && conversation.session.isFinished)
    }
}
