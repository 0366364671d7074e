// Where a request runs between its waits: on the loop of its connection, and for a step in the thread that offers itself.

import Glibc
import NIOCore
import NIOPosix
import Testing
import Threads

@testable import signupd

@Suite("The executor of an event loop")
struct EventLoopExecutorTests {
    /// Answers each caller a moment later, so that it has begun to wait, nearly always.
    private struct LateAnswer: BatchProcessor {
        struct Job: Sendable {
            let completion: Completion<Void, Never>
            let isHere: Bool
        }

        func process(_ batch: [Job]) {
            for job in batch {
                usleep(2_000)
                if job.isHere { job.completion.succeedHere(()) } else { job.completion.succeed(()) }
            }
        }
    }

    private let worker = Worker<LateAnswer.Job>(name: "late", capacity: 8, batchLimit: 1) { LateAnswer() }

    private func wait(here: Bool) async {
        await Completion<Void, Never>.wait { completion in
            do throws(QueueRefusal) {
                try worker.submit(LateAnswer.Job(completion: completion, isHere: here))
            } catch {
                completion.succeed(())
            }
        }
    }

    @Test("runs a request on its loop, but for the step after an answer whose thread offers itself")
    func places() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        await withTaskExecutorPreference(EventLoopExecutor(loop)) {
            #expect(loop.inEventLoop)
            await wait(here: false)
            #expect(loop.inEventLoop)
            // The caller that has not begun to wait when the answer comes goes on in the loop.
            var isElsewhere = false
            for _ in 0..<100 where !isElsewhere {
                await wait(here: true)
                isElsewhere = !loop.inEventLoop
            }
            #expect(isElsewhere)
            await wait(here: false)
            #expect(loop.inEventLoop)
        }
        worker.shutDown()
        try await group.shutdownGracefully()
    }
}
