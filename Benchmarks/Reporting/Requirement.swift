// What a figure has to be, alone or beside another of the same run.

public enum Requirement: Sendable, Equatable {
    case atLeast(Double)
    case atMost(Double)
    /// Of the measured figure to the baseline taken just before it.
    case ratioAtLeast(Double)
    case ratioAtMost(Double)
    /// Nothing was promised; the figure is worth knowing.
    case none

    public var isRatio: Bool {
        switch self {
        case .ratioAtLeast, .ratioAtMost: true
        case .atLeast, .atMost, .none: false
        }
    }

    /// `nil` where nothing was promised.
    public func isMet(by value: Double) -> Bool? {
        switch self {
        case .atLeast(let bound), .ratioAtLeast(let bound): value >= bound
        case .atMost(let bound), .ratioAtMost(let bound): value <= bound
        case .none: nil
        }
    }

    func text(unit: Unit) -> String {
        switch self {
        case .atLeast(let bound): "≥ \(unit.text(bound))"
        case .atMost(let bound): "≤ \(unit.text(bound))"
        case .ratioAtLeast(let bound): "≥ \(Figure.ratio(bound))"
        case .ratioAtMost(let bound): "≤ \(Figure.ratio(bound))"
        case .none: ""
        }
    }
}
