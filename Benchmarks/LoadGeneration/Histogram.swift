// Latencies by how often they occurred, in a few thousand counters, after Gil Tene's HdrHistogram: every value up to a minute is
// told from its neighbours to three digits, and recording one is an addition.

/// Counts of durations in nanoseconds. Values above ``largestValue`` count as it.
public struct Histogram: Sendable {
    /// 2047 steps are three digits of any value.
    private static let halfBucketCount: Int64 = 1024
    /// Longer than any request may take.
    public static let largestValue: Int64 = 1 << 36

    private var counts = [Int](repeating: 0, count: index(of: largestValue) + 1)
    public private(set) var count = 0
    public private(set) var maximum: Int64 = 0

    public init() {}

    public mutating func record(_ nanoseconds: Int64) {
        let value = min(max(nanoseconds, 0), Self.largestValue)
        counts[Self.index(of: value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    public mutating func add(_ other: Histogram) {
        for (index, more) in other.counts.enumerated() { counts[index] += more }
        count += other.count
        maximum = max(maximum, other.maximum)
    }

    /// The value that so many percent of all values do not exceed, at most a thousandth too large; 0 if there are none.
    public func percentile(_ percent: Double) -> Int64 {
        let rank = max(1, Int((percent / 100 * Double(count)).rounded(.up)))
        var seen = 0
        for (index, occurrences) in counts.enumerated() where occurrences > 0 {
            seen += occurrences
            if seen >= rank { return min(Self.largestValue(in: index), maximum) }
        }
        return 0
    }

    /// Every value below 2048 has a counter of its own; above, each doubling has 1024.
    private static func index(of value: Int64) -> Int {
        let shift = max(0, 53 - value.leadingZeroBitCount)
        return shift * Int(halfBucketCount) + Int(value >> Int64(shift))
    }

    private static func largestValue(in index: Int) -> Int64 {
        let shift = max(0, Int64(index) / halfBucketCount - 1)
        let step = Int64(index) - shift * halfBucketCount
        return ((step + 1) << shift) - 1
    }
}
