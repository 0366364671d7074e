// What the report says of its figures.

import Reporting
import Testing

@Suite struct ReportTests {
    private static let reached = Finding(
        "`verify`, 64 in flight",
        .ratioAtLeast(3.5),
        .perSecond,
        measured: [25_000, 20_000, 30_000],
        baseline: [7_000, 5_000, 10_000],
        baselineName: "MariaDB alone"
    )
    private static let missed = Finding("p99", .atMost(15), .milliseconds, measured: [16.04])

    @Test("a ratio is the median of the rounds' ratios, not the ratio of the medians")
    func ratios() {
        #expect(Self.reached.ratios.median == 25.0 / 7)
        #expect(Self.reached.isReached == true)
        let disturbed = Finding("x", .ratioAtLeast(2), .perSecond, measured: [10, 90, 30], baseline: [10, 30, 10])
        #expect(disturbed.decisive == 3)
        #expect(disturbed.isReached == true)
    }

    @Test("a goal is reached on its bound and missed beyond it")
    func bounds() {
        #expect(Requirement.atMost(15).isMet(by: 15) == true)
        #expect(Requirement.atMost(15).isMet(by: 15.01) == false)
        #expect(Requirement.ratioAtLeast(0.95).isMet(by: 0.95) == true)
        #expect(Requirement.ratioAtLeast(0.95).isMet(by: 0.949) == false)
        #expect(Requirement.none.isMet(by: 1) == nil)
        #expect(Finding("x", .atMost(1), .milliseconds, measured: []).isReached == false)
    }

    @Test("figures are written for people")
    func figures() {
        #expect(Figure.grouped(1_234_567.4) == "1,234,567")
        #expect(Figure.grouped(999) == "999")
        #expect(Figure.short(0.5123) == "0.51")
        #expect(Figure.short(5.126) == "5.13")
        #expect(Figure.short(51.24) == "51.2")
        #expect(Figure.short(1234.5) == "1235")
        #expect(Figure.ratio(3.456) == "3.46 ×")
        #expect([4.0, 1, 3].median == 3)
        #expect([4.0, 1, 3, 2].median == 2.5)
    }

    @Test("the page has every finding with its verdict, and names its plots' files")
    func page() {
        let plot = Plot(
            "verify-latency",
            title: "by percentile",
            x: .init("percentile", .percentile),
            y: .init("ms", .logarithmic),
            curves: [.init("64 in flight", [.init(50, 1.5), .init(99, 9)])]
        )
        let section = Report.Section(
            "verify",
            findings: [Self.reached, Self.missed],
            plots: [plot],
            notes: ["A note."]
        )
        let report = Report(title: "T", introduction: "I.", circumstances: [("machine", "M")], sections: [section])
        let text = report.markdown(plotPrefix: "bench-1-")
        #expect(text.contains("Reached: 1 of 2 goals."))
        let row =
            "| `verify`, 64 in flight | ≥ 3.50 × | 25,000/s (20,000/s to 30,000/s) | 7,000/s (MariaDB alone)"
            + " | 3.57 × (3.00 × to 4.00 ×) | yes |"
        #expect(text.contains(row))
        #expect(text.contains("| p99 | ≤ 15.0 ms | 16.0 ms |  |  | **no** |"))
        #expect(text.contains("![by percentile](bench-1-verify-latency.svg)"))
        #expect(text.contains("| machine | M |"))
        #expect(text.contains("- A note."))
    }

    @Test("a curve's points lie where its axes say")
    func plot() throws {
        let plot = Plot(
            "p",
            title: "a < b & c",
            x: .init("in flight", .logarithmic),
            y: .init("a second", .linear),
            curves: [.init("one", [.init(1, 0), .init(10, 50), .init(100, 100)])]
        )
        let svg = plot.svg
        #expect(svg.contains("a &lt; b &amp; c"))
        // A decade each: equal steps to the right. From nothing to the largest: equal steps up.
        #expect(svg.contains("points=\"78.0,364.0 407.0,204.0 736.0,44.0\""))
    }
}
