import Testing

@testable import Signup

@Suite("A timestamp")
struct TimestampTests {
    private let time = Timestamp(millisecondsSince1970: 1_000_000)

    @Test("moves by whole milliseconds")
    func arithmetic() {
        #expect(time + .seconds(3600) == Timestamp(millisecondsSince1970: 4_600_000))
        #expect(time - .milliseconds(1) == Timestamp(millisecondsSince1970: 999_999))
        #expect(time + .microseconds(1999) == Timestamp(millisecondsSince1970: 1_000_001))
        #expect((time + .seconds(60)).since(time) == .seconds(60))
        #expect(time.since(time + .seconds(60)) == .seconds(-60))
        #expect(time < time + .milliseconds(1))
    }

    @Test(
        "tells a client to wait in seconds, never a moment too short",
        arguments: [
            (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.milliseconds(1000), 1),
            (.milliseconds(1001), 2), (.seconds(60), 60), (.milliseconds(-500), 0), (.seconds(-2), -2),
        ]
    )
    func rounding(duration: Duration, seconds: Int) {
        #expect(duration.secondsRoundedUp == seconds)
    }
}
