import Foundation
import Synchronization
import Testing

@testable import Threads

private final class CountingSleeper: Sleeper {
    private let count = Atomic(0)
    var wakeUpCount: Int { count.load(ordering: .relaxed) }
    func wakeUp() { count.add(1, ordering: .relaxed) }
}

/// Runs closures: whatever a test wants to see happen on the thread.
private struct ClosureRunner: BatchProcessor {
    func process(_ batch: [@Sendable () -> Void]) {
        for job in batch { job() }
    }
}

@Suite("A wake-up")
struct WakeUpTests {
    @Test("comes at once where nobody gathers")
    func immediate() {
        let sleeper = CountingSleeper()
        WakeUps.give(to: sleeper)
        WakeUps.give(to: sleeper)
        #expect(sleeper.wakeUpCount == 2)
    }

    @Test("that is gathered comes once for each sleeper, at the end of the outermost gathering")
    func gathered() {
        let (first, second) = (CountingSleeper(), CountingSleeper())
        let answer = WakeUps.gathered {
            WakeUps.give(to: first)
            WakeUps.gathered {
                WakeUps.give(to: second)
                WakeUps.give(to: first)
            }
            #expect(first.wakeUpCount == 0 && second.wakeUpCount == 0)
            return 42
        }
        #expect(answer == 42)
        #expect(first.wakeUpCount == 1 && second.wakeUpCount == 1)
        // And what comes after waits no more.
        WakeUps.give(to: first)
        #expect(first.wakeUpCount == 2)
    }

    @Test("that is gathered comes early to whoever has been given much already, and once more for the rest")
    func early() {
        let (busy, other) = (CountingSleeper(), CountingSleeper())
        WakeUps.gathered {
            WakeUps.give(to: other)
            for gift in 1...2 * WakeUps.company {
                #expect(busy.wakeUpCount == (gift - 1) / WakeUps.company)
                WakeUps.give(to: busy)
            }
            #expect(busy.wakeUpCount == 2 && other.wakeUpCount == 0)
        }
        #expect(busy.wakeUpCount == 2, "nothing is left to wake it for")
        #expect(other.wakeUpCount == 1)
        WakeUps.gathered {
            for _ in 0...WakeUps.company { WakeUps.give(to: busy) }
        }
        #expect(busy.wakeUpCount == 4)
    }

    @Test("of another thread is not gathered")
    func otherThread() {
        let sleeper = CountingSleeper()
        WakeUps.gathered {
            let other = Thread(name: "other") { WakeUps.give(to: sleeper) }
            other.join()
            #expect(sleeper.wakeUpCount == 1)
        }
        #expect(sleeper.wakeUpCount == 1)
    }

    @Test("given once for many jobs brings every thread that they need")
    func chain() throws {
        let meeting = DispatchSemaphore(value: 0)
        let everybody = DispatchSemaphore(value: 0)
        let worker = Worker(name: "crew", threadCount: 3, capacity: 10, batchLimit: 1) { ClosureRunner() }
        // All threads sleep, or they would look for work by themselves.
        usleep(50_000)
        try WakeUps.gathered {
            Result {
                for _ in 0..<3 {
                    try worker.submit {
                        everybody.signal()
                        meeting.wait()
                    }
                }
            }
        }.get()
        // Were two jobs on one thread, the third would never come.
        for _ in 0..<3 { #expect(everybody.wait(timeout: .now() + 10) == .success) }
        for _ in 0..<3 { meeting.signal() }
        worker.shutDown()
    }
}
