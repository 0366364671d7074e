// A run as a page: the goals and what was reached, where it was measured, and the plots.

public struct Report: Sendable {
    /// One experiment's part.
    public struct Section: Sendable {
        public let title: String
        public let findings: [Finding]
        public let plots: [Plot]
        public let notes: [String]

        public init(_ title: String, findings: [Finding], plots: [Plot], notes: [String]) {
            self.title = title
            self.findings = findings
            self.plots = plots
            self.notes = notes
        }
    }

    public let title: String
    /// What is true of the whole run, one sentence or two.
    public let introduction: String
    /// Machine, versions, settings: name and value.
    public let circumstances: [(String, String)]
    public let sections: [Section]

    public init(title: String, introduction: String, circumstances: [(String, String)], sections: [Section]) {
        self.title = title
        self.introduction = introduction
        self.circumstances = circumstances
        self.sections = sections
    }

    public var plots: [Plot] { sections.flatMap(\.plots) }

    /// The page. `plotPrefix` comes before the plots' file names.
    public func markdown(plotPrefix: String) -> String {
        let verdicts = sections.flatMap(\.findings).compactMap(\.isReached)
        var parts = ["# \(title)", introduction]
        if !verdicts.isEmpty { parts.append("Reached: \(verdicts.count { $0 }) of \(verdicts.count) goals.") }
        parts.append("## Where")
        parts.append(Self.table(["", ""], circumstances.map { [$0.0, $0.1] }))
        for section in sections {
            parts.append("## \(section.title)")
            parts.append(Self.table(Self.headings, section.findings.map(Self.row)))
            if !section.notes.isEmpty { parts.append(section.notes.map { "- \($0)" }.joined(separator: "\n")) }
            parts += section.plots.map { "![\($0.title)](\(plotPrefix)\($0.name).svg)" }
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static let headings = ["what", "goal", "measured", "beside it", "ratio", "reached"]

    private static func row(_ finding: Finding) -> [String] {
        let hasBaseline = !finding.baseline.isEmpty
        let baseline = "\(finding.unit.text(finding.baseline.median)) (\(finding.baselineName))"
        return [
            finding.what,
            finding.requirement.text(unit: finding.unit),
            text(finding.measured, finding.unit.text),
            hasBaseline ? baseline : "",
            hasBaseline ? text(finding.ratios, Figure.ratio) : "",
            finding.isReached.map { $0 ? "yes" : "**no**" } ?? "",
        ]
    }

    /// The median, and where the rounds lay.
    private static func text(_ values: [Double], _ figure: (Double) -> String) -> String {
        guard values.count > 1, let low = values.min(), let high = values.max() else { return figure(values.median) }
        return "\(figure(values.median)) (\(figure(low)) to \(figure(high)))"
    }

    private static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let ruler = headings.map { _ in "---" }
        return ([headings, ruler] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}
