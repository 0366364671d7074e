import Testing

@testable import Threads

@Suite("A job queue")
struct JobQueueTests {
    @Test("hands jobs out in the order they came, also after many rounds")
    func firstInFirstOut() throws {
        let queue = JobQueue<Int>(capacity: 5)
        var expected = 0
        var next = 0
        for round in 0..<50 {
            for _ in 0...(round % 5) {
                try queue.submit(next)
                next += 1
            }
            while queue.count > 0 {
                for job in queue.nextBatch(upTo: 2) {
                    #expect(job == expected)
                    expected += 1
                }
            }
        }
        #expect(expected == next)
    }

    @Test("refuses one job more than its capacity, and takes one again when one is taken")
    func bound() throws {
        let queue = JobQueue<Int>(capacity: 2)
        try queue.submit(1)
        try queue.submit(2)
        #expect(throws: QueueRefusal.full) { try queue.submit(3) }
        #expect(queue.nextBatch(upTo: 1) == [1])
        try queue.submit(4)
        #expect(queue.nextBatch(upTo: 9) == [2, 4])
    }

    @Test("makes room for more in the middle of a round, up to its capacity, and keeps the order")
    func growth() throws {
        let queue = JobQueue<Int>(capacity: 200)
        for job in 0..<60 { try queue.submit(job) }
        #expect(queue.nextBatch(upTo: 40) == Array(0..<40))
        for job in 60..<240 { try queue.submit(job) }
        #expect(throws: QueueRefusal.full) { try queue.submit(240) }
        #expect(queue.nextBatch(upTo: 500) == Array(40..<240))
    }

    @Test("gives a batch of what queued meanwhile, up to the limit")
    func batches() throws {
        let queue = JobQueue<Int>(capacity: 10)
        for job in 1...7 { try queue.submit(job) }
        #expect(queue.nextBatch(upTo: 5) == [1, 2, 3, 4, 5])
        #expect(queue.count == 2)
        #expect(queue.nextBatch(upTo: 5) == [6, 7])
    }

    @Test("that was closed hands out what it has, then says that it is over")
    func close() throws {
        let queue = JobQueue<Int>(capacity: 10)
        try queue.submit(1)
        queue.close()
        #expect(throws: QueueRefusal.closed) { try queue.submit(2) }
        #expect(queue.nextBatch(upTo: 10) == [1])
        #expect(queue.nextBatch(upTo: 10) == [])
        #expect(queue.nextBatch(upTo: 10) == [])
    }

    @Test("keeps nothing of a job that was taken: it may hold a password")
    func release() throws {
        final class Witness: Sendable {}
        let queue = JobQueue<Witness>(capacity: 4)
        weak var first: Witness?
        do {
            let witness = Witness()
            first = witness
            try queue.submit(witness)
            for _ in 0..<3 { try queue.submit(Witness()) }
        }
        #expect(first != nil)
        _ = queue.nextBatch(upTo: 1)
        #expect(first == nil)
    }

    @Test("loses and repeats nothing between many producers and several consumers")
    func manyProducers() async throws {
        let queue = JobQueue<Int>(capacity: 20_000)
        // A queue as well: Thread Sanitizer sees a pthread mutex, and not what happens in the library of Synchronization.
        let taken = JobQueue<Int>(capacity: 20_000)
        let consumers = (0..<3).map { index in
            Thread(name: "consumer-\(index)") {
                while true {
                    let batch = queue.nextBatch(upTo: 7)
                    if batch.isEmpty { return }
                    for number in batch {
                        do { try taken.submit(number) } catch { Issue.record("\(number): \(error)") }
                    }
                }
            }
        }
        try await withThrowingTaskGroup { group in
            for producer in 0..<20 {
                group.addTask {
                    for number in 0..<1000 { try queue.submit(producer * 1000 + number) }
                }
            }
            try await group.waitForAll()
        }
        queue.close()
        for consumer in consumers { consumer.join() }
        taken.close()
        var numbers: [Int] = []
        while case let batch = taken.nextBatch(upTo: 1000), !batch.isEmpty { numbers += batch }
        #expect(numbers.sorted() == Array(0..<20_000))
    }
}
