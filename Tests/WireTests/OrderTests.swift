// What runs at the same time, and in which order replies leave.

import TestVectors
import Testing
import Wire

@Suite("Order")
struct OrderTests {
    /// The method's name lists the subjects: "a+b" names two.
    private func bySubjects(_ request: Request) -> Session.Admission {
        .run(subjects: request.method == "free" ? [] : request.method.split(separator: "+").map(String.init))
    }

    @Test("requests run at once, and are answered as they complete")
    func concurrency() {
        var conversation = Conversation(admit: bySubjects)
        conversation.send(call("free", id: 1) + call("a", id: 2) + call("b", id: 3))
        #expect(conversation.runningIDs == [1, 2, 3])
        conversation.complete(3)
        conversation.complete(1)
        conversation.complete(2)
        #expect(conversation.answeredIDs == [3, 1, 2])
    }

    @Test("those that share a subject run one after another, as they came")
    func lane() {
        var conversation = Conversation(admit: bySubjects)
        conversation.send(call("a", id: 1) + call("a", id: 2) + call("b", id: 3) + call("a", id: 4))
        #expect(conversation.runningIDs == [1, 3])
        conversation.complete(1)
        #expect(conversation.runningIDs == [3, 2])
        conversation.complete(2)
        #expect(conversation.runningIDs == [3, 4])
    }

    @Test("a request with two subjects waits for both, and both wait for it")
    func twoSubjects() {
        var conversation = Conversation(admit: bySubjects)
        conversation.send(call("a", id: 1) + call("b", id: 2) + call("a+b", id: 3) + call("b", id: 4))
        #expect(conversation.runningIDs == [1, 2])
        conversation.complete(2)
        #expect(conversation.runningIDs == [1])
        conversation.complete(1)
        #expect(conversation.runningIDs == [3])
        conversation.complete(3)
        #expect(conversation.runningIDs == [4])
    }

    @Test("a subject named twice by one request does not make it wait for itself")
    func repeatedSubject() {
        var conversation = Conversation(admit: bySubjects)
        conversation.send(call("a+a", id: 1) + call("a", id: 2))
        #expect(conversation.runningIDs == [1])
        conversation.complete(1)
        #expect(conversation.runningIDs == [2])
    }

    @Test("whatever order they complete in, no two with a common subject ever run together, and all run")
    func randomLanes() {
        var generator = SeededGenerator(seed: 7)
        let names = ["a", "b", "c", "a+b", "b+c", "c+a", "a+b+c", "free"]
        var conversation = Conversation(admit: bySubjects)
        for id in 1...300 {
            conversation.send(call(names[Int.random(in: 0..<names.count, using: &generator)], id: .integer(Int64(id))))
        }
        while let execution = conversation.running.randomElement(using: &generator) {
            let subjects = conversation.running.filter { $0.request.method != "free" }
                .flatMap { $0.request.method.split(separator: "+") }
            #expect(Set(subjects).count == subjects.count)
            conversation.complete(execution.request.id)
        }
        #expect(conversation.answeredIDs.count == 300)
    }

    @Test("no two executions have the same ticket, so that completing one twice cannot complete another")
    func tickets() {
        var conversation = Conversation(admit: bySubjects)
        var tickets: Set<Session.Ticket> = []
        for id in 1...100 as ClosedRange<Int64> {
            conversation.send(call("free", id: .integer(id)))
            tickets.formUnion(conversation.running.map(\.ticket))
            conversation.complete(.integer(id))
        }
        #expect(tickets.count == 100)
    }

    @Test("in input order a reply waits for those before it, and batches and errors have their turn too")
    func inputOrder() {
        var conversation = Conversation(replyOrder: .input)
        conversation.send(call("sleep", id: 1) + call("echo", id: 2) + "[1]\nx\n" + call("sleep", id: 3))
        conversation.send(#"{"jsonrpc":"2.0","method":"note"}"# + "\n" + call("echo", id: 4))
        #expect(conversation.output.isEmpty)
        conversation.complete(3)
        #expect(conversation.output.isEmpty)
        conversation.complete(1)
        #expect(conversation.replies.count == 6)
        #expect(conversation.answeredIDs == [1, 2, .null, 3, 4])
    }

    @Test("in input order replies that wait count as in flight, so that a slow first request bounds what is held")
    func inputOrderIsBounded() {
        var conversation = Conversation(replyOrder: .input)
        conversation.send(call("sleep", id: 0))
        for id in 1...200 { conversation.send(call("echo", id: .integer(Int64(id)))) }
        #expect(conversation.session.statistics.results == 63)
        #expect(!conversation.session.wantsInput)
        conversation.complete(0)
        #expect(conversation.answeredIDs == (0...200).map { .integer($0) })
        #expect(conversation.session.wantsInput)
    }
}
