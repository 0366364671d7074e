// The protocol's golden cases, however their bytes arrive.

import Testing
import Wire

@Suite("The vectors of the protocol")
struct VectorTests {
    @Test("a case holds when its bytes come at once", arguments: Vectors.wire)
    func wholeInput(_ vector: WireCase) {
        for order in vector.orders {
            vector.check(converse(vector.input, cuts: [], order: order, admit: TestMethods.admit))
        }
    }

    @Test("in input order a case holds when every method takes its time", arguments: Vectors.wire)
    func executed(_ vector: WireCase) {
        guard vector.orders.contains(.input) else { return }
        vector.check(converse(vector.input, cuts: [], order: .input, admit: TestMethods.admitLater))
    }

    @Test("a case holds when its bytes come one by one", arguments: Vectors.wire)
    func byteByByte(_ vector: WireCase) {
        for order in vector.orders {
            let cuts = Array(vector.input.indices)
            vector.check(converse(vector.input, cuts: cuts, order: order, admit: TestMethods.admit))
        }
    }

    @Test("a case holds wherever its bytes are cut", arguments: Vectors.wire)
    func randomCuts(_ vector: WireCase) {
        var generator = SeededGenerator(state: 20)
        for order in vector.orders {
            for count in 1...12 {
                let cuts = (0..<count).map { _ in Int.random(in: 0...vector.input.count, using: &generator) }.sorted()
                vector.check(converse(vector.input, cuts: cuts, order: order, admit: TestMethods.admit))
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

/// The same cuts on every run (SplitMix64), so that a failure comes back.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
