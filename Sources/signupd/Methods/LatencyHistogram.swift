// How long requests took, in buckets: percentiles of any number of requests in constant memory.

/// Counts durations in four buckets for each doubling, so that a percentile is at most a fifth too high.
struct LatencyHistogram: Sendable {
    private static let bucketsPerDoubling = 4
    /// Up to 2^27 µs, over two minutes: longer than any timeout.
    private static let doublings = 27

    private var counts = [Int](repeating: 0, count: doublings * bucketsPerDoubling)
    private(set) var count = 0
    private(set) var longest: Duration = .zero
    private(set) var sum: Duration = .zero

    mutating func add(_ duration: Duration) {
        counts[Self.bucket(of: duration.microseconds)] += 1
        count += 1
        sum += duration
        longest = max(longest, duration)
    }

    /// The upper bound of the bucket in which the share of all durations is reached, and never more than the longest.
    func percentile(_ share: Double) -> Duration {
        let rank = max(1, Int((Double(count) * share).rounded(.up)))
        var seen = 0
        for index in counts.indices {
            seen += counts[index]
            if seen >= rank { return min(longest, .microseconds(Self.upperBound(of: index))) }
        }
        return longest
    }

    private static func bucket(of microseconds: Int64) -> Int {
        let value = UInt64(max(1, microseconds))
        let doubling = 63 - value.leadingZeroBitCount
        // The two bits behind the leading one.
        let quarter = doubling >= 2 ? Int(value >> (doubling - 2)) & 3 : Int(value << (2 - doubling)) & 3
        return min(doubling * bucketsPerDoubling + quarter, doublings * bucketsPerDoubling - 1)
    }

    private static func upperBound(of bucket: Int) -> Int64 {
        let start = Double(UInt64(1) << (bucket / bucketsPerDoubling))
        return Int64((start * (1 + Double(bucket % bucketsPerDoubling + 1) / Double(bucketsPerDoubling))).rounded(.up))
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// For the wire: milliseconds to a thousandth.
    var milliseconds: Double { Double(microseconds) / 1000 }
}
