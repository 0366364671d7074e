import Foundation
import Glibc
import Synchronization
import Testing

@testable import Threads

/// Runs closures: whatever a test wants to see happen on the thread.
private struct ClosureRunner: BatchProcessor {
    func process(_ batch: [@Sendable () -> Void]) {
        for job in batch { job() }
    }
}

/// Takes a thread's offer, and else runs on a queue of its own.
private final class TakingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "taking")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if Offer.takeThisThreads() { return job.runSynchronously(on: asUnownedTaskExecutor()) }
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

@Suite("A thread's offer")
struct OfferTests {
    private let worker = Worker<@Sendable () -> Void>(name: "offering", capacity: 8, batchLimit: 1) { ClosureRunner() }

    /// The thread that a caller goes on in after waiting for the worker.
    private func threadAfter(_ answer: @escaping @Sendable (Completion<Void, Never>) -> Void) async -> pthread_t {
        await Completion<Void, Never>.wait { completion in
            let job: @Sendable () -> Void = {
                // Long enough for the caller to have begun to wait, nearly always.
                usleep(2_000)
                answer(completion)
            }
            do throws(QueueRefusal) { try worker.submit(job) } catch { completion.succeed(()) }
        }
        return pthread_self()
    }

    /// Whether a caller that is answered here comes to go on in the worker's thread. One that has yet to begin to wait when the answer
    /// is there has nobody to resume it, and goes on where it is.
    private func isTaken(by own: pthread_t) async -> Bool {
        for _ in 0..<100 where await threadAfter({ $0.succeedHere(()) }) == own { return true }
        return false
    }

    private func workersThread() async -> pthread_t {
        await Completion<pthread_t, Never>.wait { completion in
            do throws(QueueRefusal) { try worker.submit { completion.succeed(pthread_self()) } } catch {
                completion.succeed(pthread_t())
            }
        }
    }

    @Test("is taken by an executor that asks for it, until the caller waits again")
    func taken() async {
        let own = await workersThread()
        await withTaskExecutorPreference(TakingExecutor()) {
            #expect(await isTaken(by: own))
            // The worker answers once we wait: it has no other thread than the one we go on in.
            #expect(await threadAfter { $0.succeed(()) } != own)
        }
    }

    @Test("is over with the answer, where the caller's executor does not ask for it")
    func refused() async {
        let own = await workersThread()
        #expect(await threadAfter { $0.succeedHere(()) } != own)
        let isLeft = Mutex<Bool?>(nil)
        _ = await threadAfter { completion in
            completion.succeedHere(())
            isLeft.withLock { $0 = Offer.takeThisThreads() }
        }
        // The worker takes the next job when it has done with that one.
        _ = await workersThread()
        #expect(isLeft.withLock { $0 } == false)
    }

    @Test("is for one caller: whoever that one resumes goes on elsewhere, and so does the next")
    func once() async {
        let own = await workersThread()
        await withTaskExecutorPreference(TakingExecutor()) {
            await withTaskGroup(of: pthread_t.self) { group in
                let (answers, continuation) = AsyncStream.makeStream(of: Completion<Void, Never>.self)
                group.addTask {
                    await Completion<Void, Never>.wait { continuation.yield($0) }
                    return pthread_self()
                }
                var iterator = answers.makeAsyncIterator()
                let waiting = await iterator.next()
                #expect(await isTaken(by: own))
                waiting?.succeed(())
                #expect(!Offer.takeThisThreads(), "the offer was for this caller")
                for await thread in group { #expect(thread != own) }
            }
        }
    }
}
