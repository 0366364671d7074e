// Whatever blocks lives here: named threads, each owning one blocking resource, fed with batches from one queue.

/// The owner of a blocking resource, such as a connection. Made on its thread, used on it, released on it.
public protocol BatchProcessor: SendableMetatype {
    /// One unit of work, carrying whatever its caller waits on.
    associatedtype Job: Sendable

    /// Runs the jobs and completes each of them exactly once. Never empty; in the order they were submitted.
    func process(_ batch: [Job])
}

/// One queue and the threads that drain it.
///
/// With one thread a worker is the single owner of a resource; with several, each thread makes a processor of its own
/// (a connection each) and they share the queue.
public final class Worker<Job: Sendable>: Sendable {
    private let queue: JobQueue<Job>
    private let threads: [Thread]

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: the thread's name as `ps` and `gdb` show it; Linux keeps 15 bytes.
    ///   - threadCount: how many threads share the queue.
    ///   - capacity: how many jobs may wait; one more is refused.
    ///   - batchLimit: how many jobs a processor is given at most.
    ///   - niceness: 1–19 lets the threads of the rest of the program go first; for long calculations.
    ///   - whenIdle: runs on a thread that finds nothing queued, before it waits.
    ///   - makeProcessor: runs on each thread before its first batch. The processor need not be `Sendable`.
    public init<Processor: BatchProcessor>(
        name: String,
        threadCount: Int = 1,
        capacity: Int,
        batchLimit: Int,
        niceness: Int = 0,
        whenIdle: (@Sendable () -> Void)? = nil,
        makeProcessor: @escaping @Sendable () -> Processor
    ) where Processor.Job == Job {
        precondition(threadCount >= 1 && batchLimit >= 1)
        let queue = JobQueue<Job>(capacity: capacity)
        self.queue = queue
        threads = (0..<threadCount).map { index in
            Thread(name: threadCount == 1 ? name : "\(name)-\(index)", niceness: niceness) {
                let processor = makeProcessor()
                while true {
                    let batch = queue.nextBatch(upTo: batchLimit, beforeWaiting: whenIdle)
                    if batch.isEmpty { return }
                    processor.process(batch)
                }
            }
        }
    }

    /// How many jobs wait for a thread.
    public var queuedCount: Int { queue.count }

    /// Queues a job without blocking. The job's own completion tells how it went.
    public func submit(_ job: Job) throws(QueueRefusal) {
        try queue.submit(job)
    }

    /// Refuses further jobs, runs those already queued, and blocks until the threads have ended. Idempotent. Never call it on
    /// a thread of the worker's own, nor where blocking would hold up what the queued jobs wait for.
    public func shutDown() {
        queue.close()
        for thread in threads { thread.join() }
    }

    deinit {
        // The threads hold the queue, not the worker: a forgotten worker still ends them.
        queue.close()
    }
}
