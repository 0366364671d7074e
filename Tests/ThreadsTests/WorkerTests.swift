import Foundation
import Synchronization
import Testing

@testable import Threads

private struct NoSuchJob: Error {}

/// Answers each job with twice its number, and remembers the batches.
private struct Doubler: BatchProcessor {
    typealias Job = (number: Int, completion: Completion<Int, NoSuchJob>)
    let batches: Ledger<[Int]>

    func process(_ batch: [Job]) {
        batches.append(batch.map(\.number))
        for job in batch {
            if job.number < 0 { job.completion.fail(NoSuchJob()) } else { job.completion.succeed(job.number * 2) }
        }
    }
}

/// Runs closures: whatever a test wants to see happen on the thread.
private struct ClosureRunner: BatchProcessor {
    func process(_ batch: [@Sendable () -> Void]) {
        for job in batch { job() }
    }
}

private final class Ledger<Entry: Sendable>: Sendable {
    private let state = Mutex<[Entry]>([])
    var entries: [Entry] { state.withLock { $0 } }
    func append(_ entry: Entry) { state.withLock { $0.append(entry) } }
}

@Suite("A worker")
struct WorkerTests {
    @Test("answers every caller with its own result, and never with more than the limit in a batch")
    func answers() async throws {
        let ledger = Ledger<[Int]>()
        let worker = Worker(name: "doubler", capacity: 1000, batchLimit: 8) { Doubler(batches: ledger) }
        try await withThrowingTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    let result = try await Completion<Int, NoSuchJob>.wait { completion in
                        do { try worker.submit((number, completion)) } catch { completion.fail(NoSuchJob()) }
                    }
                    #expect(result == number * 2)
                }
            }
            try await group.waitForAll()
        }
        worker.shutDown()
        #expect(ledger.entries.allSatisfy { (1...8).contains($0.count) })
        #expect(ledger.entries.joined().sorted() == Array(0..<500))
    }

    @Test("lets every thread rest that has worked, once it finds nothing queued")
    func rest() async throws {
        // Who has worked and not rested since.
        let busy = Mutex<Set<UInt>>([])
        let worker = Worker<@Sendable () -> Void>(
            name: "resting",
            threadCount: 3,
            capacity: 1000,
            batchLimit: 1,
            whenIdle: { busy.withLock { _ = $0.remove(pthread_self()) } }
        ) { ClosureRunner() }
        for _ in 0..<200 {
            for _ in 0..<4 { try worker.submit { busy.withLock { _ = $0.insert(pthread_self()) } } }
            try await waitUntil { worker.queuedCount == 0 && busy.withLock { $0.isEmpty } }
        }
        worker.shutDown()
    }

    @Test("lets no thread rest while there is a job for it")
    func noRest() async throws {
        let rests = Atomic(0)
        let restsAtLast = Atomic(0)
        let gate = DispatchSemaphore(value: 0)
        let worker = Worker<@Sendable () -> Void>(
            name: "restless",
            capacity: 1000,
            batchLimit: 1,
            whenIdle: { rests.add(1, ordering: .relaxed) }
        ) { ClosureRunner() }
        try worker.submit { gate.wait() }
        for _ in 0..<100 { try worker.submit {} }
        try worker.submit { restsAtLast.store(rests.load(ordering: .relaxed), ordering: .relaxed) }
        gate.signal()
        try await waitUntil { worker.queuedCount == 0 }
        worker.shutDown()
        // At most before the first of them came.
        #expect(restsAtLast.load(ordering: .relaxed) <= 1)
    }

    @Test("hands a job's typed failure to its caller")
    func failure() async {
        let worker = Worker(name: "doubler", capacity: 1, batchLimit: 1) { Doubler(batches: Ledger()) }
        await #expect(throws: NoSuchJob.self) {
            try await Completion<Int, NoSuchJob>.wait { completion in
                do { try worker.submit((-1, completion)) } catch { Issue.record("refused: \(error)") }
            }
        }
        worker.shutDown()
    }

    @Test("that shuts down runs what is queued, refuses more, and has ended when the call returns")
    func shutDown() throws {
        let done = Ledger<Int>()
        let gate = DispatchSemaphore(value: 0)
        let worker = Worker(name: "closures", capacity: 10, batchLimit: 1) { ClosureRunner() }
        try worker.submit { gate.wait() }
        for number in 0..<5 { try worker.submit { done.append(number) } }
        gate.signal()
        worker.shutDown()
        #expect(done.entries == [0, 1, 2, 3, 4])
        #expect(throws: QueueRefusal.closed) { try worker.submit {} }
        worker.shutDown()
    }

    @Test("refuses a job when its queue is full, while its thread is busy")
    func full() throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
        let worker = Worker(name: "closures", capacity: 2, batchLimit: 1) { ClosureRunner() }
        try worker.submit {
            begun.signal()
            gate.wait()
        }
        begun.wait()
        try worker.submit {}
        try worker.submit {}
        #expect(worker.queuedCount == 2)
        #expect(throws: QueueRefusal.full) { try worker.submit {} }
        gate.signal()
        worker.shutDown()
    }

    @Test("makes a processor on each of its threads, and runs jobs on all of them at once")
    func threads() throws {
        let made = Ledger<String>()
        let meeting = DispatchSemaphore(value: 0)
        let everybody = DispatchSemaphore(value: 0)
        let worker = Worker(name: "crew", threadCount: 3, capacity: 10, batchLimit: 1) {
            made.append(currentThreadName())
            return ClosureRunner()
        }
        for _ in 0..<3 {
            try worker.submit {
                everybody.signal()
                meeting.wait()
            }
        }
        // Were two jobs on one thread, the third would never come.
        for _ in 0..<3 { everybody.wait() }
        for _ in 0..<3 { meeting.signal() }
        worker.shutDown()
        #expect(made.entries.sorted() == ["crew-0", "crew-1", "crew-2"])
    }

    @Test("gives its threads the niceness that was asked for, and nobody else's")
    func niceness() throws {
        let seen = Ledger<Int32>()
        let worker = Worker(name: "nice", capacity: 1, batchLimit: 1, niceness: 7) { ClosureRunner() }
        let before = currentNiceness()
        try worker.submit { seen.append(currentNiceness()) }
        worker.shutDown()
        #expect(seen.entries == [max(7, before)])
        #expect(currentNiceness() == before)
    }

    @Test("that was forgotten ends its threads")
    func forgotten() throws {
        let ended = DispatchSemaphore(value: 0)
        final class Farewell: BatchProcessor {
            let ended: DispatchSemaphore
            init(_ ended: DispatchSemaphore) { self.ended = ended }
            func process(_ batch: [Int]) {}
            deinit { ended.signal() }
        }
        do {
            let worker = Worker(name: "forgotten", capacity: 1, batchLimit: 1) { Farewell(ended) }
            try worker.submit(1)
        }
        #expect(ended.wait(timeout: .now() + 10) == .success)
    }
}

private func currentThreadName() -> String {
    let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    return (name ?? "").trimmingCharacters(in: .newlines)
}

private func currentNiceness() -> Int32 {
    getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
}

/// Waits for the condition; a failure after ten seconds.
private func waitUntil(_ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while .now < end {
        if condition() { return }
        try await Task.sleep(for: .microseconds(100))
    }
    Issue.record("not within ten seconds")
}
