// When the mails of a round came to the sink.

import Reporting
import TestServers

struct MailArrivals: Sendable {
    /// What the sink had taken before.
    let countBefore: Int
    let firstAt: ContinuousClock.Instant
    /// Seconds since the first, and how many had arrived.
    let points: [Plot.Point]

    /// Far longer than a full outbox takes.
    static let patience = Duration.seconds(120)
    /// Often enough to tell when the first came, and seldom enough to take nothing from those who send.
    private static let interval = Duration.milliseconds(10)
    /// Between two points of the plot.
    private static let spacing = Duration.milliseconds(100)

    /// Looks until so many have come.
    static func watch(_ count: Int, at sink: CountingSink) async throws -> MailArrivals {
        let before = try sink.messageCount()
        let giveUpAt = ContinuousClock.now + patience
        var first: ContinuousClock.Instant?
        var points: [Plot.Point] = []
        var nextPoint = Duration.zero
        while ContinuousClock.now < giveUpAt {
            let arrived = try sink.messageCount() - before
            if arrived > 0 {
                let now = ContinuousClock.now
                let firstAt = first ?? now
                first = firstAt
                if now - firstAt >= nextPoint || arrived >= count {
                    points.append(Plot.Point((now - firstAt) / .seconds(1), Double(arrived)))
                    nextPoint += spacing
                }
                if arrived >= count { return MailArrivals(countBefore: before, firstAt: firstAt, points: points) }
            }
            try await Task.sleep(for: interval)
        }
        throw ServerFailure("\(try sink.messageCount() - before) of \(count) mails arrived in \(patience)")
    }
}
