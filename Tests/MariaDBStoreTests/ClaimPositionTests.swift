import Signup
import Testing

@testable import MariaDBStore

@Suite("Where a claim begins")
struct ClaimPositionTests {
    private let now = ContinuousClock.now
    private let position = ClaimPosition()

    private func place(_ id: Int64) -> ClaimPosition.Place {
        ClaimPosition.Place(dueAt: start, createdAt: start, id: id)
    }

    @Test("at the beginning first, then where the last one ended")
    func goesOn() {
        #expect(position.start(now: now) == nil)
        position.began(endingAt: place(7), now: now)
        #expect(position.start(now: now) == place(7))
        position.went(on: place(14))
        #expect(position.start(now: now) == place(14))
    }

    @Test("at the beginning again after a claim that found all there was")
    func foundAll() {
        position.began(endingAt: place(7), now: now)
        position.began(endingAt: nil, now: now)
        #expect(position.start(now: now) == nil)
        position.went(on: place(9))
        #expect(position.start(now: now) == nil)
    }

    @Test("and once a second, however much is owed: a row that came late with an early date is found")
    func trustEnds() {
        position.began(endingAt: place(7), now: now)
        position.went(on: place(14))
        #expect(position.start(now: now + .milliseconds(999)) == place(14))
        #expect(position.start(now: now + .seconds(1)) == nil)
    }
}
