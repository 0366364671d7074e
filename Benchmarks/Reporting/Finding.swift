// A row of the report: what was measured, each time beside its baseline, and whether that was the goal.

public struct Finding: Sendable {
    public let what: String
    public let requirement: Requirement
    public let unit: Unit
    /// One figure for each round.
    public let measured: [Double]
    /// What it is compared with: the figure of the same round. Empty where there is nothing to compare with.
    public let baseline: [Double]
    /// What the baseline is.
    public let baselineName: String

    public init(
        _ what: String,
        _ requirement: Requirement,
        _ unit: Unit,
        measured: [Double],
        baseline: [Double] = [],
        baselineName: String = ""
    ) {
        precondition(baseline.isEmpty || baseline.count == measured.count, "every round has its own baseline")
        self.what = what
        self.requirement = requirement
        self.unit = unit
        self.measured = measured
        self.baseline = baseline
        self.baselineName = baselineName
    }

    /// Measured to baseline, round by round: what disturbs a round disturbs both.
    public var ratios: [Double] { zip(measured, baseline).map { $0 / $1 } }

    /// What the requirement is about.
    public var decisive: Double { requirement.isRatio ? ratios.median : measured.median }

    /// `nil` where nothing was promised.
    public var isReached: Bool? { measured.isEmpty ? false : requirement.isMet(by: decisive) }

    /// A line for a person who waits.
    public var summary: String {
        let verdict = isReached.map { $0 ? "reached" : "NOT REACHED" } ?? ""
        var parts = ["\(what):", unit.text(measured.median)]
        if !baseline.isEmpty {
            parts.append("= \(Figure.ratio(ratios.median)) of \(unit.text(baseline.median)) (\(baselineName))")
        }
        if requirement != .none { parts.append("goal \(requirement.text(unit: unit)): \(verdict)") }
        return parts.joined(separator: " ")
    }
}
