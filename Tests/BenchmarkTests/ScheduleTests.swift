// When an open loop's requests are due.

import LoadGeneration
import Testing

@Suite struct ScheduleTests {
    @Test("the first request is due at the start, the others at equal distances")
    func distances() {
        let schedule = Schedule(start: 1_000, perSecond: 1_000)
        #expect((0..<4).map { schedule.dueTime(of: $0) } == [1_000, 1_001_000, 2_001_000, 3_001_000])
    }

    @Test("a request is due by its due time and not before", arguments: [0.3, 7, 333, 1_000, 123_456.7])
    func dueCount(perSecond: Double) {
        let schedule = Schedule(start: 5_000_000, perSecond: perSecond)
        #expect(schedule.dueCount(by: 4_999_999) == 0)
        for index in [0, 1, 2, 10, 999, 100_000] {
            let time = schedule.dueTime(of: index)
            #expect(schedule.dueCount(by: time) == index + 1)
            #expect(schedule.dueCount(by: time - 1) == index)
        }
    }

    @Test("a rate that divides no second evenly does not drift")
    func drift() {
        let schedule = Schedule(start: 0, perSecond: 30_000)
        #expect(schedule.dueTime(of: 3_000_000) == 100_000_000_000)
    }
}
