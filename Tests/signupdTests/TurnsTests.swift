// That the kernel takes what a thread asks of it, and nothing else changes for the thread.

import Foundation
import Testing

@testable import signupd

@Suite("A thread's turns")
struct TurnsTests {
    /// What the kernel says of the calling thread: its niceness and the length of its turns.
    private struct Standing: Equatable {
        let niceness: Int32
        let turnNanoseconds: Int?

        init() throws {
            niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            // Kernels that know of turns list them here.
            let lines = try String(contentsOfFile: "/proc/thread-self/sched", encoding: .utf8).split(separator: "\n")
            let slice = lines.first { $0.hasPrefix("se.slice") }?.split(separator: ":").last
            turnNanoseconds = slice.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        }
    }

    @Test(
        "are as long as it asks, and its niceness is what it was",
        arguments: [(Turns.long, 100_000_000), (.short, 100_000)]
    )
    func length(turns: Turns, nanoseconds: Int) async throws {
        let (before, after) = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the test's own would keep what is set here.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 7)
                        let before = try Standing()
                        #expect(turns.take())
                        return (before, try Standing())
                    }
                )
            }
        }
        #expect(before.niceness == 7 && after.niceness == 7)
        if before.turnNanoseconds != nil { #expect(after.turnNanoseconds == nanoseconds) }
    }
}
