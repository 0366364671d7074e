import Testing

@testable import signupd

@Suite("An inbox")
struct InboxTests {
    @Test("gives all that came since the last time, in the order it came")
    func batches() async {
        let inbox = Inbox<Int>()
        for number in 1...3 { inbox.put(number) }
        #expect(await inbox.take() == [1, 2, 3])
        inbox.put(4)
        #expect(await inbox.take() == [4])
    }

    @Test("lets its reader wait for what has not come yet, and loses nothing meanwhile")
    func waiting() async {
        let inbox = Inbox<Int>()
        let count = 10_000
        await withDiscardingTaskGroup { group in
            group.addTask {
                var taken: [Int] = []
                while taken.count < count { taken += await inbox.take() }
                #expect(taken == Array(0..<count))
            }
            group.addTask { for number in 0..<count { inbox.put(number) } }
        }
    }
}
