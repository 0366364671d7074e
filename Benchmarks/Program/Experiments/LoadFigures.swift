// The figures of loads, as findings and plots want them.

import LoadGeneration
import Reporting

extension LoadResult {
    func milliseconds(_ percent: Double) -> Double { Double(latencies.percentile(percent)) / 1e6 }

    /// How much of one core the load generator took.
    var ownShare: Double { ownProcessorSeconds / wholeSeconds }

    var line: String {
        "\(Unit.perSecond.text(perSecond)), p50 \(Unit.milliseconds.text(milliseconds(50))),"
            + " p99 \(Unit.milliseconds.text(milliseconds(99))), the loader took \(Int(ownShare * 100)) % of a core"
    }
}

extension Plot {
    /// The nines that so many values can tell.
    private static let percents: [Double] = [1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99]

    static func latencies(_ name: String, _ title: String, _ loads: [(String, [LoadResult])]) -> Plot {
        let curves = loads.map { label, results in
            var all = Histogram()
            for result in results { all.add(result.latencies) }
            // A percentile with fewer than ten values above it is chance.
            let told = percents.filter { Double(all.count) * (100 - $0) / 100 >= 10 }
            return Curve(label, told.map { Point($0, Double(max(1, all.percentile($0))) / 1e6) })
        }
        let axes = (x: Axis("percentile", .percentile), y: Axis("latency, ms", .logarithmic))
        return Plot(name, title: title, x: axes.x, y: axes.y, curves: curves)
    }

    /// Medians of the rounds, by requests in flight.
    static func throughput(_ name: String, _ title: String, _ loads: [(String, [Int: [LoadResult]])]) -> Plot {
        let curves = loads.map { label, results in
            Curve(
                label,
                results.sorted { $0.key < $1.key }.map { Point(Double($0.key), $0.value.map(\.perSecond).median) }
            )
        }
        let axes = (x: Axis("requests in flight", .logarithmic), y: Axis("requests a second", .linear))
        return Plot(name, title: title, x: axes.x, y: axes.y, curves: curves)
    }
}
