// Figures as people read them.

public enum Unit: Sendable, Equatable {
    case perSecond
    case milliseconds
    case mebibytes
    case instructions

    public func text(_ value: Double) -> String {
        switch self {
        case .perSecond: "\(Figure.grouped(value))/s"
        case .milliseconds: "\(Figure.short(value)) ms"
        case .mebibytes: "\(Figure.short(value)) MiB"
        case .instructions: Figure.grouped(value)
        }
    }
}

public enum Figure {
    /// 25,300: three digits are all that a measurement has, but whole numbers are easier to compare.
    public static func grouped(_ value: Double) -> String {
        var digits = String(Int(value.rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    /// Three digits: 0.512, 5.12, 51.2, 512.
    public static func short(_ value: Double) -> String {
        switch abs(value) {
        case ..<10: fixed(value, 2)
        case ..<100: fixed(value, 1)
        default: fixed(value, 0)
        }
    }

    public static func ratio(_ value: Double) -> String { "\(fixed(value, 2)) ×" }

    /// Rounded to so many places, without Foundation's formatter.
    static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1) { product, _ in product * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
    }
}

extension [Double] {
    /// The middle one; the mean of the two in the middle if their number is even. Zero of none.
    public var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
