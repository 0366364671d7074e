// One line on a terminal that tells a person how far a pipe has come: replies, rate, errors, and the time that is left.

import Foundation

/// What the line is made of; a value, so that it is tested without a terminal.
struct ProgressLine {
    /// What has happened so far.
    struct Counts {
        var replies: Int
        var errors: Int
        var inputByteCount: Int64
    }

    /// Ten times a second is as often as anybody can read.
    private static let interval: Duration = .milliseconds(100)

    private let start: ContinuousClock.Instant
    /// How much there is to read; `nil` if nobody knows.
    private let totalByteCount: Int64?
    private var latestDrawing: ContinuousClock.Instant?

    init(totalByteCount: Int64?, start: ContinuousClock.Instant) {
        self.totalByteCount = totalByteCount
        self.start = start
    }

    /// The line, from the start of the terminal's line to its end; `nil` while the one before is fresh.
    mutating func drawing(_ counts: Counts, now: ContinuousClock.Instant) -> String? {
        if let latestDrawing, now - latestDrawing < Self.interval { return nil }
        latestDrawing = now
        return "\r\u{1B}[K" + text(counts, now: now, isLast: false)
    }

    /// The last line, which stays.
    func lastDrawing(_ counts: Counts, now: ContinuousClock.Instant) -> String {
        "\r\u{1B}[K" + text(counts, now: now, isLast: true) + "\n"
    }

    private func text(_ counts: Counts, now: ContinuousClock.Instant, isLast: Bool) -> String {
        let elapsed = max(0.001, (now - start) / .seconds(1))
        var parts = [
            "\(counts.replies) done",
            "\(Int(Double(counts.replies) / elapsed))/s",
            "\(counts.errors) error\(counts.errors == 1 ? "" : "s")",
        ]
        if isLast {
            parts.append("in \(Self.clock(elapsed))")
        } else if let totalByteCount, counts.inputByteCount > 0 {
            let left = Double(max(0, totalByteCount - counts.inputByteCount)) / Double(counts.inputByteCount)
            parts.append("\(Self.clock(elapsed * left)) left")
        }
        return parts.joined(separator: ", ")
    }

    /// Minutes and seconds.
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        let rest = String(whole % 60)
        return "\(whole / 60):\(rest.count < 2 ? "0" : "")\(rest)"
    }
}

/// The line on standard error.
struct Progress {
    private var line: ProgressLine

    init() {
        line = ProgressLine(totalByteCount: Self.bytesToRead(), start: .now)
    }

    mutating func show(_ counts: ProgressLine.Counts) {
        guard let text = line.drawing(counts, now: .now) else { return }
        tell(text)
    }

    func finish(_ counts: ProgressLine.Counts) {
        tell(line.lastDrawing(counts, now: .now))
    }

    /// What is left of a regular file on standard input.
    private static func bytesToRead() -> Int64? {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size) - max(0, Int64(lseek(STDIN_FILENO, 0, SEEK_CUR)))
    }
}
