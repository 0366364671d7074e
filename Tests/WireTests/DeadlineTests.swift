// What happens to requests that take too long.

import Testing
import Wire

@Suite("Deadlines")
struct DeadlineTests {
    private func call(_ id: RequestID, milliseconds: Int64) -> String {
        WireTests.call("a", id: id, ["_meta": ["timeout_ms": .integer(milliseconds)]])
    }

    private func sameSubject(_: Request) -> Session.Admission { .run(subjects: ["a"]) }

    @Test("a request is answered at its deadline, stays in flight until it completes, and its outcome is dropped")
    func expiry() {
        var conversation = Conversation(admit: TestMethods.admitLater)
        conversation.send(call(1, milliseconds: 100))
        conversation.wait(.milliseconds(99))
        #expect(conversation.output.isEmpty)
        conversation.wait(.milliseconds(1))
        #expect(conversation.reasons == [.deadlineExceeded])
        #expect(conversation.session.inFlightCount == 1)
        #expect(conversation.session.nextDeadline == nil)
        conversation.end()
        #expect(!conversation.session.isFinished)
        conversation.complete(1)
        #expect(conversation.replies.count == 1)
        #expect(conversation.session.statistics.lateOutcomes == 1)
        #expect(conversation.session.isFinished)
    }

    @Test("one that has not begun by its deadline never begins")
    func neverBegun() {
        var conversation = Conversation(admit: sameSubject)
        conversation.send(call(1, milliseconds: 500) + call(2, milliseconds: 100) + call(3, milliseconds: 500))
        conversation.wait(.milliseconds(100))
        #expect(conversation.answeredIDs == [2])
        #expect(conversation.errors.first?.data["hint"] == "it was not begun and changed nothing")
        #expect(conversation.session.inFlightCount == 2)
        conversation.complete(1)
        #expect(conversation.runningIDs == [3])
    }

    @Test("one that never begins lets nobody pass who still waits for another")
    func neverBegunBehindOthers() {
        var conversation = Conversation(admit: { request in
            .run(subjects: request.method.split(separator: "+").map(String.init))
        })
        conversation.send(WireTests.call("a", id: 1) + WireTests.call("a+b", id: 2))
        conversation.send(WireTests.call("b", id: 3, ["_meta": ["timeout_ms": 100]]))
        conversation.wait(.milliseconds(100))
        #expect(conversation.answeredIDs == [3])
        #expect(conversation.runningIDs == [1])
        conversation.complete(1)
        #expect(conversation.runningIDs == [2])
    }

    @Test("one that expires before it was taken is not handed out")
    func notTaken() {
        var session = Session(replyOrder: .completion, admit: TestMethods.admitLater)
        let now = ContinuousClock.now
        let line = Array(call(1, milliseconds: 10).utf8)
        line.withUnsafeBytes { session.receive($0, now: now) }
        session.expire(now: now + .milliseconds(10))
        #expect(session.takeExecutions().isEmpty)
        #expect(session.inFlightCount == 0)
    }

    @Test("one that runs over its deadline still keeps its subject to itself")
    func runningKeepsItsLane() {
        var conversation = Conversation(admit: sameSubject)
        conversation.send(call(1, milliseconds: 100) + call(2, milliseconds: 500))
        conversation.wait(.milliseconds(100))
        #expect(conversation.runningIDs == [1])
        conversation.complete(1)
        #expect(conversation.runningIDs == [2])
    }

    @Test("the next deadline is never later than any request's, and passes on when it is due")
    func nextDeadline() throws {
        var conversation = Conversation(admit: TestMethods.admitLater)
        let start = conversation.now
        #expect(conversation.session.nextDeadline == nil)
        conversation.send(call(1, milliseconds: 300) + call(2, milliseconds: 100) + call(3, milliseconds: 200))
        #expect(conversation.session.nextDeadline == start + .milliseconds(100))
        conversation.complete(2)
        conversation.wait(.milliseconds(100))
        #expect(conversation.output.count > 0 && conversation.reasons.isEmpty)
        #expect(conversation.session.nextDeadline == start + .milliseconds(200))
        conversation.wait(.milliseconds(200))
        #expect(conversation.reasons == [.deadlineExceeded, .deadlineExceeded])
        #expect(conversation.session.nextDeadline == nil)
    }

    @Test("an execution is told its deadline")
    func executionDeadline() {
        var conversation = Conversation(admit: TestMethods.admitLater)
        conversation.send(call(1, milliseconds: 250))
        #expect(conversation.running.first?.deadline == conversation.now + .milliseconds(250))
    }
}
