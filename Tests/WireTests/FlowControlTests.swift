// When a session stops reading, and how it goes on and ends.

import Testing
import Wire

@Suite("Flow control")
struct FlowControlTests {
    private func calls(_ method: String, _ ids: ClosedRange<Int64>) -> String {
        ids.map { call(method, id: .integer($0)) }.joined()
    }

    @Test("with 64 requests in flight no more lines are read, not even ones that need no waiting")
    func inFlight() {
        var conversation = Conversation()
        conversation.send(calls("sleep", 1...64) + calls("echo", 65...70) + calls("sleep", 71...80))
        #expect(conversation.session.inFlightCount == 64)
        #expect(!conversation.session.wantsInput)
        #expect(conversation.output.isEmpty)
        conversation.complete(9)
        #expect(conversation.session.inFlightCount == 64)
        #expect(conversation.answeredIDs == [9] + (65...70).map { .integer($0) })
        conversation.runToEnd()
        #expect(conversation.answeredIDs.count == 80)
        #expect(conversation.session.wantsInput)
    }

    @Test("while the client does not read its replies, its lines are not read; then they are")
    func blockedOutput() {
        var conversation = Conversation()
        conversation.blockOutput()
        #expect(!conversation.session.wantsInput)
        conversation.send(calls("echo", 1...10))
        #expect(conversation.output.isEmpty)
        conversation.unblockOutput()
        #expect(conversation.answeredIDs == (1...10).map { .integer($0) })
        #expect(conversation.session.wantsInput)
    }

    @Test("long lines in flight are bounded by their bytes, alone and in batches, and the next are read as they go")
    func longLines() {
        let params: JSONObject = ["x": .string(String(repeating: "x", count: 60_000))]
        var conversation = Conversation()
        for id in 1...10 { conversation.send(call("sleep", id: .integer(Int64(id)), params)) }
        #expect(conversation.session.inFlightCount == 5)
        #expect(!conversation.session.wantsInput)
        conversation.complete(2)
        #expect(conversation.runningIDs == [1, 3, 4, 5, 6])
        conversation.runToEnd()
        #expect(conversation.answeredIDs.count == 10)
        #expect(conversation.session.wantsInput)

        let batch = "[" + call("sleep", id: 1, params).dropLast() + "," + call("sleep", id: 2).dropLast() + "]\n"
        var batches = Conversation()
        for _ in 1...7 { batches.send(batch) }
        #expect(batches.session.inFlightCount == 10)
        batches.runToEnd()
        #expect(batches.answeredIDs.isEmpty && batches.session.inFlightCount == 0)
        #expect(batches.replies.count == 7)
    }

    @Test("as many lines of 4 KiB as may be in flight are not held up by their bytes")
    func longSignups() {
        var conversation = Conversation()
        let params: JSONObject = ["x": .string(String(repeating: "x", count: 4_000))]
        for id in 1...64 { conversation.send(call("sleep", id: .integer(Int64(id)), params)) }
        #expect(conversation.session.inFlightCount == 64)
    }

    @Test("outcomes are written although the output is blocked: they are bounded by what is in flight")
    func blockedOutcomes() {
        var conversation = Conversation()
        conversation.send(call("sleep", id: 1))
        conversation.blockOutput()
        conversation.complete(1)
        #expect(conversation.answeredIDs == [1])
    }

    @Test("one read cannot fill the output beyond its limit")
    func fullOutput() {
        let large = String(repeating: "x", count: 60_000)
        var session = Session(replyOrder: .completion, admit: { _ in .answer(.success(.string(large))) })
        let input = Array(calls("m", 1...50).utf8)
        input.withUnsafeBytes { session.receive($0, now: .now) }
        var replyCount = 0
        while true {
            let output = session.takeOutput()
            if output.isEmpty { break }
            #expect(output.count < WireLimits().unreadOutputByteCount + WireLimits().replyByteCount)
            replyCount += output.count { $0 == UInt8(ascii: "\n") }
        }
        #expect(replyCount == 50)
    }

    @Test("at the end of input what is in flight is finished first")
    func halfClose() {
        var conversation = Conversation()
        conversation.send(calls("sleep", 1...70))
        conversation.end()
        #expect(!conversation.session.wantsInput)
        #expect(!conversation.session.isFinished)
        conversation.runToEnd()
        #expect(conversation.answeredIDs.count == 70)
        #expect(conversation.session.isFinished)
    }

    @Test("a session whose output is blocked is not finished while lines wait")
    func blockedEnd() {
        var conversation = Conversation()
        conversation.blockOutput()
        conversation.send(call("echo", id: 1).filter { $0 != "\n" })
        conversation.end()
        #expect(!conversation.session.isFinished)
        conversation.unblockOutput()
        #expect(conversation.answeredIDs == [1])
        #expect(conversation.session.isFinished)
    }

    @Test("when shutting down, what is in flight goes on and all else is refused")
    func shutDown() {
        var conversation = Conversation(admit: { _ in .run(subjects: ["one"]) })
        conversation.send(calls("m", 1...66))
        conversation.shutDown()
        #expect(!conversation.session.isFinished)
        conversation.send(call("m", id: 67))
        while let execution = conversation.running.first { conversation.complete(execution.request.id) }
        #expect(Set(conversation.answeredIDs).count == 67)
        #expect(conversation.reasons == [.shuttingDown, .shuttingDown, .shuttingDown])
        #expect(conversation.errors.first?.data["retry_after"] == 1)
        #expect(conversation.session.isFinished)
    }

    @Test("a session without requests is finished by a shutdown at once, whatever part of a line it holds")
    func shutDownIdle() {
        var conversation = Conversation()
        conversation.send("{\"jsonrpc\"")
        conversation.shutDown()
        #expect(conversation.session.isFinished)
        #expect(conversation.output.isEmpty)
    }
}
