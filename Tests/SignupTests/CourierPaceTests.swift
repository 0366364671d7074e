import Testing

@testable import Signup

@Suite("how far ahead a courier claims")
struct CourierPaceTests {
    private let start = ContinuousClock.now

    @Test("by nothing, as long as nothing has left")
    func nothingAtFirst() {
        var pace = CourierPace(now: start)
        #expect(pace.ahead(now: start) == 0)
        #expect(pace.ahead(now: start + .seconds(5)) == 0)
    }

    @Test("by what left in this span or the last one, whichever is more")
    func followsTheRate() {
        var pace = CourierPace(now: start)
        for _ in 0..<30 { pace.sent(now: start + .milliseconds(50)) }
        #expect(pace.ahead(now: start + .milliseconds(60)) == 30)
        for _ in 0..<10 { pace.sent(now: start + .milliseconds(110)) }
        #expect(pace.ahead(now: start + .milliseconds(120)) == 30)
        pace.sent(now: start + .milliseconds(215))
        #expect(pace.ahead(now: start + .milliseconds(216)) == 10)
    }

    @Test("by nothing again once a transport stands still")
    func forgets() {
        var pace = CourierPace(now: start)
        for _ in 0..<30 { pace.sent(now: start) }
        #expect(pace.ahead(now: start + .milliseconds(199)) == 30)
        #expect(pace.ahead(now: start + .milliseconds(300)) == 0)
    }

    @Test("and by so much at most")
    func bounded() {
        var pace = CourierPace(now: start)
        for _ in 0..<10_000 { pace.sent(now: start) }
        #expect(pace.ahead(now: start) == CourierPolicy.mostAhead)
    }
}

@Suite("the courier's desk")
struct CourierDeskTests {
    private let now = ContinuousClock.now
    private let desk = CourierDesk(policy: CourierPolicy(), concurrency: 8)

    /// Claims, sends and settles so many, one after the other.
    private func send(_ count: Int) {
        for _ in 0..<count {
            let places = desk.reserve(now: now)
            desk.claimed(1, reserved: places)
            _ = desk.sendEnded(wasAnswered: true, now: now)
            _ = desk.finished(allWorks: true, now: now)
        }
    }

    @Test("at first it claims what the connections can begin at once")
    func atFirst() {
        #expect(desk.reserve(now: now) == 8)
        #expect(desk.reserve(now: now) == 0)
        desk.claimed(3, reserved: 8)
        #expect(desk.reserve(now: now) == 5)
    }

    @Test("a transport that sends little gets little ahead")
    func slow() {
        send(2)
        #expect(desk.reserve(now: now) == 10)
    }

    @Test("once much leaves it claims ahead, and again when half of that has left")
    func ahead() {
        send(1000)
        let most = 8 + CourierPolicy.mostAhead
        #expect(desk.reserve(now: now) == most)
        desk.claimed(most, reserved: most)
        for _ in 0..<(most / 2 - 1) { #expect(!desk.sendEnded(wasAnswered: true, now: now)) }
        #expect(desk.reserve(now: now) == 0)
        #expect(desk.sendEnded(wasAnswered: true, now: now))
        #expect(desk.reserve(now: now) == most / 2)
    }

    @Test("what is sent and not settled bounds what is claimed")
    func unsettled() {
        send(1000)
        var claimed = 0
        while true {
            let places = desk.reserve(now: now)
            if places == 0 { break }
            claimed += places
            desk.claimed(places, reserved: places)
            for _ in 0..<places { _ = desk.sendEnded(wasAnswered: true, now: now) }
        }
        #expect(claimed == 8 + CourierPolicy.mostUnsettled)
        #expect(desk.finished(allWorks: true, now: now))
    }

    @Test("an outbox that held less than was asked for is not asked again for every mail that leaves")
    func emptyOutbox() {
        desk.claimed(1, reserved: desk.reserve(now: now))
        #expect(!desk.sendEnded(wasAnswered: true, now: now))
        #expect(!desk.finished(allWorks: true, now: now))
    }

    @Test("after a fault nothing that waits for its turn begins, and then one row is tried")
    func fault() {
        let places = desk.reserve(now: now)
        #expect(desk.mayBegin(now: now))
        #expect(desk.failed(now: now))
        #expect(!desk.failed(now: now))
        #expect(!desk.mayBegin(now: now))
        for _ in 0..<places {
            _ = desk.sendEnded(wasAnswered: false, now: now)
            _ = desk.finished(allWorks: false, now: now)
        }
        #expect(desk.reserve(now: now) == 0)
        let later = now + .seconds(2)
        #expect(desk.mayBegin(now: later))
        #expect(desk.reserve(now: later) == 1)
    }

    @Test("stopped, nothing begins")
    func stop() {
        desk.stop()
        #expect(!desk.mayBegin(now: now))
    }
}
