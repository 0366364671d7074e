// Where a value lies along an axis, and which values are named there.

import Glibc

struct PlotScale {
    let scale: Plot.Scale
    private let low: Double
    private let high: Double
    let ticks: [Double]

    init(_ scale: Plot.Scale, values: [Double]) {
        self.scale = scale
        let (smallest, largest) = (values.min() ?? 0, values.max() ?? 1)
        switch scale {
        case .linear:
            let step = Self.roundStep(largest > 0 ? largest : 1)
            let count = max(1, Int((largest / step).rounded(.up)))
            ticks = (0...count).map { Double($0) * step }
            (low, high) = (0, Double(count) * step)
        case .logarithmic:
            let range = (smallest: smallest > 0 ? smallest : 1e-3, largest: largest > 0 ? largest : 1)
            let all = Self.logarithmicTicks(range.smallest, range.largest)
            ticks = all
            (low, high) = (log10(min(range.smallest, all.first ?? 1)), log10(max(range.largest, all.last ?? 1)))
        case .percentile:
            ticks = [0, 50, 90, 99, 99.9, 99.99].filter { $0 <= max(largest, 50) }
            (low, high) = (0, Self.nines(max(largest, 50)))
        }
    }

    /// From 0 at one end to 1 at the other.
    func position(of value: Double) -> Double {
        let place =
            switch scale {
            case .linear: value
            case .logarithmic: log10(max(value, 1e-6))
            case .percentile: Self.nines(value)
            }
        return high > low ? (place - low) / (high - low) : 0.5
    }

    func label(_ tick: Double) -> String {
        if tick >= 1000 { return Figure.grouped(tick) }
        let places = [0, 1, 2, 3].first {
            abs((tick * pow(10, Double($0))).rounded() / pow(10, Double($0)) - tick) < 1e-9
        }
        return Figure.fixed(tick, places ?? 3) + (scale == .percentile ? " %" : "")
    }

    /// 90 % is one, 99 % is two.
    private static func nines(_ percent: Double) -> Double { -log10(1 - min(percent, 99.9999) / 100) }

    /// A step of 1, 2 or 5 that leaves about five of them.
    private static func roundStep(_ largest: Double) -> Double {
        let rough = largest / 5
        let power = pow(10, floor(log10(rough)))
        let factor = [1.0, 2, 5, 10].first { $0 * power >= rough } ?? 10
        return factor * power
    }

    /// 1, 2 and 5 of every power of ten in range; only the powers where that would be too many.
    private static func logarithmicTicks(_ smallest: Double, _ largest: Double) -> [Double] {
        let powers = Int(floor(log10(smallest)))...Int(ceil(log10(largest)))
        let factors: [Double] = powers.count > 4 ? [1] : [1, 2, 5]
        let all = powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
        // The nearest ones outside close the axis.
        let first = all.lastIndex { $0 <= smallest * 1.000001 } ?? 0
        let last = all.firstIndex { $0 >= largest * 0.999999 } ?? all.count - 1
        return first <= last ? Array(all[first...last]) : all
    }
}
