// That the kernel takes what a calculating thread asks of it, and nothing else changes for the thread.

import Foundation
import Testing

@testable import signupd

@Suite("A calculating thread")
struct LongTurnsTests {
    /// What the kernel says of the calling thread: its niceness and the length of its turns.
    private struct Standing: Equatable {
        let niceness: Int32
        let turnMilliseconds: Int?

        init() throws {
            niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            // Kernels that know of turns list them here.
            let lines = try String(contentsOfFile: "/proc/thread-self/sched", encoding: .utf8).split(separator: "\n")
            let slice = lines.first { $0.hasPrefix("se.slice") }?.split(separator: ":").last
            turnMilliseconds = slice.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }.map { $0 / 1_000_000 }
        }
    }

    @Test("has long turns, and the niceness that it had")
    func longTurns() async throws {
        let (before, after) = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the test's own would keep what is set here.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 7)
                        let before = try Standing()
                        #expect(LongTurns.take())
                        return (before, try Standing())
                    }
                )
            }
        }
        #expect(before.niceness == 7 && after.niceness == 7)
        if before.turnMilliseconds != nil { #expect(after.turnMilliseconds == 100) }
    }
}
