// Several requests on one line.

import Testing
import Wire

@Suite("Batches")
struct BatchTests {
    private func batch(_ lines: [String]) -> String {
        "[" + lines.map { $0.filter { $0 != "\n" } }.joined(separator: ",") + "]\n"
    }

    private func ids(_ reply: JSONValue?) -> [RequestID] {
        guard case .array(let elements) = reply else { return [] }
        return elements.compactMap { Reply($0)?.id }
    }

    @Test("a batch is answered as one array in the order of its elements, once all are done")
    func order() {
        var conversation = Conversation(admit: TestMethods.admitLater)
        conversation.send(batch([call("m", id: 1), "{}", call("m", id: 2), call("m", id: 3)]))
        conversation.complete(3)
        conversation.complete(1)
        #expect(conversation.output.isEmpty)
        conversation.complete(2)
        #expect(conversation.replies.count == 1)
        #expect(ids(conversation.replies.first) == [1, .null, 2, 3])
    }

    @Test("replies that want no waiting pass a batch, and two batches each other")
    func overtaking() {
        var conversation = Conversation()
        conversation.send(batch([call("sleep", id: 1)]) + batch([call("sleep", id: 2)]) + call("echo", id: 3))
        conversation.complete(2)
        conversation.complete(1)
        #expect(conversation.answeredIDs == [3])
        #expect(conversation.replies.dropFirst().map { ids($0) } == [[2], [1]])
    }

    @Test("a batch has 1 to 32 elements; otherwise one error, and none is executed")
    func size() {
        let largest = Conversation.replies(to: batch((1...32).map { call("echo", id: .integer($0)) }))
        #expect(ids(largest.replies.first).count == 32)
        for count in [0, 33, 500] as [Int64] {
            let refused = Conversation.replies(to: batch((0..<count).map { call("echo", id: .integer($0)) }))
            #expect(refused.reasons == [.batchSize])
            #expect(refused.answeredIDs == [.null])
            #expect(refused.session.statistics.requests == 0)
        }
    }

    @Test("notifications and replies in a batch are dropped; a batch of nothing else is not answered")
    func silence() {
        let note = #"{"jsonrpc":"2.0","method":"m"}"#
        let response = #"{"jsonrpc":"2.0","result":1,"id":1}"#
        #expect(Conversation.replies(to: batch([note, response])).output.isEmpty)
        let mixed = Conversation.replies(to: batch([note, call("echo", id: 1), response]))
        #expect(ids(mixed.replies.first) == [1])
        #expect(mixed.session.statistics.droppedNotifications == 1)
        #expect(mixed.session.statistics.droppedResponses == 1)
    }

    @Test("a batch waits until there are places for all of it, and holds back what comes after")
    func waitsForPlaces() {
        var conversation = Conversation()
        for id in 1...40 { conversation.send(call("sleep", id: .integer(Int64(id)))) }
        conversation.send(batch((101...132).map { call("sleep", id: .integer($0)) }) + call("echo", id: "after"))
        #expect(conversation.session.inFlightCount == 40)
        #expect(!conversation.session.wantsInput)
        for id in 1...7 { conversation.complete(.integer(Int64(id))) }
        #expect(conversation.session.inFlightCount == 33)
        conversation.complete(8)
        #expect(conversation.session.inFlightCount == 64)
        conversation.runToEnd()
        #expect(conversation.replies.count == 42)
        #expect(conversation.session.inFlightCount == 0)
    }

    @Test("a batch larger than the connection's places runs alone")
    func largerThanPlaces() {
        var limits = WireLimits()
        limits.inFlightCount = 4
        var conversation = Conversation(limits: limits)
        conversation.send(call("sleep", id: 1) + batch((2...9).map { call("sleep", id: .integer($0)) }))
        conversation.send(call("sleep", id: 10))
        #expect(conversation.runningIDs == [1])
        conversation.complete(1)
        #expect(conversation.runningIDs.count == 8)
        conversation.runToEnd()
        #expect(conversation.answeredIDs == [1, 10])
        #expect(conversation.replies.count == 3)
    }

    @Test("each element of a batch has its own deadline")
    func deadlines() {
        var conversation = Conversation()
        let meta: JSONObject = ["_meta": ["timeout_ms": 100]]
        conversation.send(batch([call("sleep", id: 1, meta), call("sleep", id: 2)]))
        conversation.wait(.milliseconds(100))
        #expect(conversation.output.isEmpty)
        conversation.complete(2)
        #expect(ids(conversation.replies.first) == [1, 2])
        #expect(conversation.text.contains("DEADLINE_EXCEEDED"))
    }

    @Test("the limit of a reply holds for each element")
    func replyLimit() {
        let text = String(repeating: "x", count: 40_000)
        var conversation = Conversation(admit: { _ in .answer(.success(.string(text))) })
        conversation.send(batch((1...3).map { call("m", id: .integer($0)) }))
        #expect(ids(conversation.replies.first) == [1, 2, 3])
        #expect(!conversation.text.contains("INTERNAL"))
    }
}
