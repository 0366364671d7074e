// A bounded first-in, first-out queue between async callers and the threads that block for them.

import Glibc

/// Why a queue did not take a job. The job has not run and will not.
public enum QueueRefusal: Error, Sendable, Equatable {
    /// The queue holds as many jobs as its capacity allows.
    case full
    /// The queue's owner is shutting down.
    case closed
}

/// A queue with many producers that never block and a few consumers that do.
///
/// Consumers take *batches*: whatever queued while the last batch ran. Nothing waits for company.
public final class JobQueue<Job: Sendable>: @unchecked Sendable {
    // @unchecked: `jobs`, `head` and `isClosed` are touched only between lock and unlock of `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [Job] = []
    private var head = 0
    private var isClosed = false
    /// How many jobs may wait.
    public let capacity: Int

    /// - Parameter capacity: how many jobs may wait; at least 1.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a queue that holds nothing refuses everything")
        self.capacity = capacity
        mutex = .allocate(capacity: 1)
        wakeUp = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wakeUp, nil)
    }

    deinit {
        pthread_cond_destroy(wakeUp)
        pthread_mutex_destroy(mutex)
        wakeUp.deallocate()
        mutex.deallocate()
    }

    /// How many jobs wait right now.
    public var count: Int {
        locked { jobs.count - head }
    }

    /// Appends a job without blocking.
    public func submit(_ job: Job) throws(QueueRefusal) {
        let refusal: QueueRefusal? = locked {
            if isClosed { return .closed }
            if jobs.count - head >= capacity { return .full }
            jobs.append(job)
            return nil
        }
        if let refusal { throw refusal }
        pthread_cond_signal(wakeUp)
    }

    /// Blocks until there is a job, then takes up to `limit` of them in the order they came.
    ///
    /// - Returns: an empty array once the queue is closed and drained.
    func nextBatch(upTo limit: Int) -> [Job] {
        locked {
            while head == jobs.count, !isClosed {
                pthread_cond_wait(wakeUp, mutex)
            }
            let end = min(jobs.count, head + limit)
            let batch = Array(jobs[head..<end])
            head = end
            compact()
            return batch
        }
    }

    /// Refuses further jobs; those already queued are still handed out.
    public func close() {
        locked { isClosed = true }
        pthread_cond_broadcast(wakeUp)
    }

    /// Drops the consumed front once it is the larger half, so that taking a job stays O(1) on average.
    private func compact() {
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head > jobs.count / 2 {
            jobs.removeFirst(head)
            head = 0
        }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
