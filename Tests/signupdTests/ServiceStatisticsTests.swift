// The numbers of service.stats.

import Testing
import Wire

@testable import signupd

@Suite("statistics")
struct ServiceStatisticsTests {
    @Test("a percentile is never too low, and at most a quarter too high")
    func percentiles() {
        var histogram = LatencyHistogram()
        for microseconds in 1...10_000 { histogram.add(.microseconds(microseconds)) }
        for share in [0.5, 0.9, 0.99] {
            let exact = share * 10
            let estimate = histogram.percentile(share).milliseconds
            #expect(estimate >= exact && estimate <= exact * 1.25 + 0.001, "\(share): \(estimate)")
        }
        #expect(histogram.longest == .milliseconds(10))
        #expect(histogram.percentile(1) == .milliseconds(10))
    }

    @Test("of nothing every percentile is zero, and an hour does not break it")
    func extremes() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.99) == .zero)
        histogram.add(.seconds(3600))
        #expect(histogram.percentile(0.5) <= .seconds(3600))
        histogram.add(.zero)
        #expect(histogram.count == 2)
    }

    @Test("results and errors of a method are counted apart, errors by reason")
    func methods() {
        let statistics = ServiceStatistics()
        statistics.counter(of: "m").count(.success([:]), latency: .milliseconds(1))
        statistics.counter(of: "m").count(.failure(WireError(.emailTaken)), latency: .milliseconds(2))
        let counts = statistics.counts.methods["m"]
        #expect(counts?.requests == 2)
        #expect(counts?.results == 1)
        #expect(counts?.errors == [.emailTaken: 1])
    }

    @Test("dropped notifications are warned about at the first and at each power of ten")
    func warnings() {
        var warning = DropWarning()
        let warned = (1...1000).filter { warning.message(count: $0) != nil }
        #expect(warned == [1, 10, 100, 1000])
        let again = [123_456, 123_457].map { warning.message(count: $0) != nil }
        #expect(again == [true, false])
    }
}
