// A slow reader is not a dead one.

import Testing

@testable import signupd

@Suite("the stall clock")
struct StallClockTests {
    private let start = ContinuousClock.now

    private func clock() -> StallClock { StallClock(patience: .seconds(10), unsentByteCount: 300_000, now: start) }

    @Test("a peer that takes nothing for the whole patience has stalled, and not a moment sooner")
    func dead() {
        var clock = clock()
        let answers = [1, 10.9, 11].map { seconds in
            clock.hasStalled(unsentByteCount: 300_000, unreadByteCount: 200_000, now: start + .seconds(seconds))
        }
        #expect(answers == [false, false, true])
    }

    @Test("a peer that takes a little each time never stalls, though no write of ours gets through")
    func slow() {
        var clock = clock()
        for second in 1...100 {
            let unread = 200_000 - UInt32(second) * 1000
            let now = start + .seconds(second * 5)
            let hasStalled = clock.hasStalled(unsentByteCount: 300_000, unreadByteCount: unread, now: now)
            #expect(!hasStalled)
        }
    }

    @Test("where the kernel does not say what is unread, what is unsent counts alone")
    func unknown() {
        var clock = clock()
        let answers = [9, 18, 19].map { seconds in
            clock.hasStalled(unsentByteCount: 200_000, unreadByteCount: nil, now: start + .seconds(seconds))
        }
        #expect(answers == [false, false, true])
    }
}
