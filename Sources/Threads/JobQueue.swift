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
public final class JobQueue<Job: Sendable>: Sleeper, @unchecked Sendable {
    // @unchecked: the variables are touched only between lock and unlock of `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let hasChanged: UnsafeMutablePointer<pthread_cond_t>
    /// Places that are used round and round; more of them when all are taken. A job is gone from here once it is taken: it may
    /// hold a password.
    private var ring: [Job?]
    private var head = 0
    private var waitingCount = 0
    /// How many consumers wait for a job.
    private var sleeperCount = 0
    private var isClosed = false
    /// How many jobs may wait.
    public let capacity: Int
    /// The places of a queue that has never been long: most never are, and a start need not write on memory for them.
    private static var fewestPlaces: Int { 64 }

    /// - Parameter capacity: how many jobs may wait; at least 1.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a queue that holds nothing refuses everything")
        self.capacity = capacity
        ring = [Job?](repeating: nil, count: min(capacity, Self.fewestPlaces))
        mutex = .allocate(capacity: 1)
        hasChanged = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(hasChanged, nil)
    }

    deinit {
        pthread_cond_destroy(hasChanged)
        pthread_mutex_destroy(mutex)
        hasChanged.deallocate()
        mutex.deallocate()
    }

    /// How many jobs wait right now.
    public var count: Int {
        locked { waitingCount }
    }

    /// Appends a job without blocking.
    public func submit(_ job: Job) throws(QueueRefusal) {
        let (refusal, isAwaited): (QueueRefusal?, Bool) = locked {
            if isClosed { return (.closed, false) }
            if waitingCount == capacity { return (.full, false) }
            if waitingCount == ring.count { addPlaces() }
            ring[(head + waitingCount) % ring.count] = job
            waitingCount += 1
            return (nil, sleeperCount > 0)
        }
        if let refusal { throw refusal }
        // Consumers that are busy look here before they sleep.
        if isAwaited { WakeUps.give(to: self) }
    }

    /// Wakes one consumer; it wakes the next if it leaves jobs behind.
    public func wakeUp() {
        pthread_cond_signal(hasChanged)
    }

    /// Blocks until there is a job, then takes up to `limit` of them in the order they came.
    ///
    /// - Parameter rest: runs once, without the lock, if there is no job yet and the queue is open. A job that comes meanwhile waits
    ///   for it unless another consumer is free.
    /// - Returns: an empty array once the queue is closed and drained.
    func nextBatch(upTo limit: Int, beforeWaiting rest: (() -> Void)? = nil) -> [Job] {
        locked {
            if let rest, waitingCount == 0, !isClosed { unlocked(rest) }
            while waitingCount == 0, !isClosed {
                sleeperCount += 1
                pthread_cond_wait(hasChanged, mutex)
                sleeperCount -= 1
            }
            var batch: [Job] = []
            batch.reserveCapacity(min(limit, waitingCount))
            while batch.count < limit, let job = takeFirst() {
                batch.append(job)
            }
            if waitingCount > 0, sleeperCount > 0 { wakeUp() }
            return batch
        }
    }

    /// Refuses further jobs; those already queued are still handed out.
    public func close() {
        locked { isClosed = true }
        pthread_cond_broadcast(hasChanged)
    }

    private func takeFirst() -> Job? {
        guard waitingCount > 0 else { return nil }
        let job = ring[head].take()
        head = (head + 1) % ring.count
        waitingCount -= 1
        return job
    }

    /// Twice as many places, those who wait at their beginning.
    private func addPlaces() {
        let places = min(capacity, 2 * ring.count)
        let inOrder = ring[head...] + ring[..<head]
        ring = inOrder + Array(repeating: nil, count: places - ring.count)
        head = 0
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// For within ``locked(_:)``, which goes on with whatever has changed meanwhile.
    private func unlocked(_ body: () -> Void) {
        pthread_mutex_unlock(mutex)
        defer { pthread_mutex_lock(mutex) }
        body()
    }
}
