// How much of everything a run does: a figure for the report, a quick look, or a test that it all still works.

struct Plan: Sendable {
    /// Each baseline and each measurement, one after the other, so often.
    var rounds: Int
    /// Of the requests that a full run sends.
    var scale: Double
    /// How long one load by time runs.
    var seconds: Double
    /// Experiments that it leaves out, unless they are asked for.
    var skipped: Set<String> = []

    static let full = Plan(rounds: 3, scale: 1, seconds: 3)
    static let quick = Plan(rounds: 1, scale: 0.25, seconds: 1, skipped: ["instructions"])
    /// Proves that everything runs; its figures mean nothing.
    static let smoke = Plan(rounds: 1, scale: 0.002, seconds: 0.1, skipped: ["instructions"])

    func count(_ full: Int) -> Int { max(64, Int(Double(full) * scale)) }
}
