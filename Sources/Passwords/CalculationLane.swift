// A bounded queue and the threads behind it, for calculations that take longer than an event loop may wait.

import Signup
import Synchronization
import Threads

/// Runs closures on its threads, in the order they came. What nobody waits for any more is not begun.
final class CalculationLane: Sendable {
    private let worker: Worker<Calculation>
    private let threadCount: Int
    private let capacity: Int
    private let meter = DurationMeter()

    init(
        name: String,
        threadCount: Int,
        capacity: Int,
        niceness: Int,
        hooks: ThreadHooks
    ) {
        self.threadCount = threadCount
        self.capacity = capacity
        let meter = meter
        worker = Worker(
            name: name,
            threadCount: threadCount,
            capacity: capacity,
            // One at a time: a batch would keep jobs from the other threads.
            batchLimit: 1,
            niceness: niceness,
            whenIdle: hooks.rest
        ) {
            hooks.begin()
            return Calculator(meter: meter)
        }
    }

    var queuedCount: Int { worker.queuedCount }

    func run<Value: Sendable>(
        deadline: Deadline,
        _ body: @escaping @Sendable () throws(BackendFailure) -> Value
    ) async throws(BackendFailure) -> Value {
        try await Completion<Value, BackendFailure>.wait { completion in
            let calculation = Calculation(
                deadline: deadline,
                perform: { completion.finish(Result(catching: body)) },
                refuse: { completion.fail($0) }
            )
            do throws(QueueRefusal) {
                try worker.submit(calculation)
            } catch {
                completion.fail(failure(for: error))
            }
        }
    }

    func shutDown() {
        worker.shutDown()
    }

    private func failure(for refusal: QueueRefusal) -> BackendFailure {
        switch refusal {
        case .full:
            // By then the queue of now has been worked off.
            let wait = meter.mean * (capacity / threadCount + 1)
            return BackendFailure(.passwords, .overloaded, reason: "the queue is full", retryAfter: wait)
        case .closed:
            return BackendFailure(.passwords, .shuttingDown, reason: "shutting down")
        }
    }
}

/// A job: exactly one of the closures is called, once.
private struct Calculation: Sendable {
    let deadline: Deadline
    let perform: @Sendable () -> Void
    let refuse: @Sendable (BackendFailure) -> Void
}

private struct Calculator: BatchProcessor {
    let meter: DurationMeter

    func process(_ batch: [Calculation]) {
        for calculation in batch {
            let begin = ContinuousClock.now
            guard begin < calculation.deadline else {
                calculation.refuse(
                    BackendFailure(.passwords, .deadlineExceeded, reason: "the deadline passed in the queue")
                )
                continue
            }
            calculation.perform()
            meter.record(ContinuousClock.now - begin)
        }
    }
}

/// How long a calculation takes of late: each new one counts an eighth.
private final class DurationMeter: Sendable {
    /// Argon2id with the default cost on a core of 2024, until the first has been measured.
    private let state = Mutex(Duration.milliseconds(17))

    var mean: Duration {
        state.withLock { $0 }
    }

    func record(_ duration: Duration) {
        state.withLock { $0 += (duration - $0) / 8 }
    }
}
