// The protocol's golden cases, however their bytes arrive.

import TestVectors
import Testing
import Wire

@Suite("The vectors of the protocol")
struct VectorTests {
    @Test("a case holds when its bytes come at once", arguments: Vectors.inMemory)
    func wholeInput(_ vector: WireCase) {
        for order in vector.orders {
            vector.check(converse(vector.input, cuts: [], order: order, admit: TestMethods.admit).output)
        }
    }

    @Test("in input order a case holds when every method takes its time", arguments: Vectors.inMemory)
    func executed(_ vector: WireCase) {
        guard vector.orders.contains(.input) else { return }
        vector.check(converse(vector.input, cuts: [], order: .input, admit: TestMethods.admitLater).output)
    }

    @Test("a case holds when its bytes come one by one", arguments: Vectors.inMemory)
    func byteByByte(_ vector: WireCase) {
        for order in vector.orders {
            let cuts = Array(vector.input.indices)
            vector.check(converse(vector.input, cuts: cuts, order: order, admit: TestMethods.admit).output)
        }
    }

    @Test("a case holds wherever its bytes are cut", arguments: Vectors.inMemory)
    func randomCuts(_ vector: WireCase) {
        var generator = SeededGenerator(seed: 20)
        for order in vector.orders {
            for count in 1...12 {
                let cuts = (0..<count).map { _ in Int.random(in: 0...vector.input.count, using: &generator) }.sorted()
                vector.check(converse(vector.input, cuts: cuts, order: order, admit: TestMethods.admit).output)
            }
        }
    }

    @Test("a bad line is answered with an error, and the next line still works", arguments: Vectors.lines)
    func line(_ vector: LineCase) throws {
        let ping = Array(#"{"jsonrpc":"2.0","id":"ping","method":"service.ping"}"#.utf8) + [10]
        let conversation = converse(ping + vector.line + [10] + ping, cuts: [], order: .input, admit: TestMethods.admit)
        let replies = try conversation.replies.map { try #require(Reply($0)) }
        try #require(replies.count == 3)
        #expect(replies[0].id == "ping" && replies[2].id == "ping")
        switch replies[1].outcome {
        case .success: #expect(vector.isAccepted)
        case .failure(let error): #expect(!vector.isAccepted && error.code < 0)
        }
    }

    private func converse(
        _ input: [UInt8],
        cuts: [Int],
        order: Session.ReplyOrder,
        admit: @escaping (Request) -> Session.Admission
    ) -> Conversation {
        var conversation = Conversation(replyOrder: order, admit: admit)
        var start = 0
        for end in cuts + [input.count] {
            conversation.send(Array(input[start..<end]))
            start = end
        }
        conversation.end()
        conversation.runToEnd()
        #expect(conversation.session.isFinished)
        return conversation
    }
}

extension Vectors {
    /// The cases whose methods exist without the program.
    fileprivate static let inMemory = wire.filter(\.needsNoProgram)
}

extension WireCase {
    /// The orders in which the replies may be asked for.
    fileprivate var orders: [Session.ReplyOrder] {
        (holdsOnSocket ? [.completion] : []) + (holdsInPipe ? [.input] : [])
    }
}
