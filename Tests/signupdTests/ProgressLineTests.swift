// What a person sees of a long pipe, and how often.

import Testing

@testable import signupd

@Suite("the progress line")
struct ProgressLineTests {
    private let start = ContinuousClock.now
    private let counts = ProgressLine.Counts(replies: 1000, errors: 1, inputByteCount: 50_000)

    @Test("replies, rate, errors, and the time left of a file")
    func text() {
        var line = ProgressLine(totalByteCount: 350_000, start: start)
        let text = line.drawing(counts, now: start + .seconds(20))
        #expect(text == "\r\u{1B}[K1000 done, 50/s, 1 error, 2:00 left")
    }

    @Test("of a pipe nobody knows how much is left")
    func unknownSize() {
        var line = ProgressLine(totalByteCount: nil, start: start)
        let text = line.drawing(counts, now: start + .seconds(20))
        #expect(text == "\r\u{1B}[K1000 done, 50/s, 1 error")
    }

    @Test("it is drawn ten times a second at most, and once more at the end")
    func rate() {
        var line = ProgressLine(totalByteCount: nil, start: start)
        let drawn = (0..<1000).filter { line.drawing(counts, now: start + .milliseconds($0)) != nil }
        #expect(drawn.count == 10)
        #expect(line.lastDrawing(counts, now: start + .seconds(65)) == "\r\u{1B}[K1000 done, 15/s, 1 error, in 1:05\n")
    }
}
