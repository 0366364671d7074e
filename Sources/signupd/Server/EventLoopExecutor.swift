// Runs the requests' tasks on the event loop that reads and writes their bytes: no other thread is woken for them.

import NIOCore
import Synchronization
import Threads

/// An event loop as a task executor.
///
/// A request only thinks for microseconds between its waits for a worker's thread; handing it to a thread pool and back cost
/// more than the thinking. What becomes ready while the loop is busy runs in one go.
/// A worker may offer its own thread for a step that is shorter still.
final class EventLoopExecutor: TaskExecutor, Sleeper {
    private let eventLoop: any EventLoop
    private let waiting = Mutex<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // A worker's thread has the answer to hand to the next worker, and would have to wake the loop for that.
        if Offer.takeThisThreads() { return job.runSynchronously(on: asUnownedTaskExecutor()) }
        let isFirst = waiting.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // The loop is woken once for all that queue until it comes to them.
        if isFirst { WakeUps.give(to: self) }
    }

    func wakeUp() {
        eventLoop.execute { self.runWaiting() }
    }

    private func runWaiting() {
        let jobs = waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        let executor = asUnownedTaskExecutor()
        // What they ask of a store goes to it together.
        WakeUps.gathered {
            for job in jobs { job.runSynchronously(on: executor) }
        }
    }
}
