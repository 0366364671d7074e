// Percentiles from the histogram against those of the sorted values.

import LoadGeneration
import Testing

@Suite struct HistogramTests {
    @Test(
        "a percentile is that of the sorted values, at most a thousandth too large",
        arguments: [50, 90, 99, 99.9, 100]
    )
    func percentiles(percent: Double) {
        var random = SystemRandomNumberGenerator()
        // From nanoseconds to half a minute, evenly over the powers.
        let values = (0..<5000).map { _ in Int64.random(in: 0..<1 << Int64.random(in: 1...35), using: &random) }
        var histogram = Histogram()
        for value in values { histogram.record(value) }
        let rank = max(1, Int((percent / 100 * 5000).rounded(.up)))
        let exact = values.sorted()[rank - 1]
        let told = histogram.percentile(percent)
        #expect(told >= exact)
        #expect(Double(told) <= Double(exact) * 1.001 + 1)
        #expect(histogram.count == 5000)
        #expect(histogram.maximum == values.max())
    }

    @Test("values below two microseconds are told exactly")
    func smallValues() {
        for value in [Int64(0), 1, 1023, 1024, 2047] {
            var histogram = Histogram()
            histogram.record(value)
            histogram.record(Histogram.largestValue)
            #expect(histogram.percentile(50) == value)
        }
    }

    @Test("a value that no request may take counts as the largest")
    func overflow() {
        var histogram = Histogram()
        histogram.record(.max)
        histogram.record(-1)
        #expect(histogram.maximum == Histogram.largestValue)
        #expect(histogram.percentile(1) == 0)
        #expect(histogram.percentile(100) == Histogram.largestValue)
    }

    @Test("adding two histograms is recording both")
    func addition() {
        var (left, right) = (Histogram(), Histogram())
        for value in 1...100 { left.record(Int64(value) * 1000) }
        for value in 101...200 { right.record(Int64(value) * 1000) }
        left.add(right)
        #expect(left.count == 200)
        #expect((100_000...100_100).contains(left.percentile(50)))
        #expect(Histogram().percentile(99) == 0)
    }
}
