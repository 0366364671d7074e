// Wall-clock time as every store and the wire keep it: whole milliseconds.

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since the epoch; never negative in practice.
    public let millisecondsSince1970: Int64

    /// Takes milliseconds since the epoch.
    public init(millisecondsSince1970: Int64) {
        self.millisecondsSince1970 = millisecondsSince1970
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

    /// The point `duration` later, cut to whole milliseconds.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(millisecondsSince1970: time.millisecondsSince1970 + duration.wholeMilliseconds)
    }

    /// The point `duration` earlier, cut to whole milliseconds.
    public static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(millisecondsSince1970: time.millisecondsSince1970 - duration.wholeMilliseconds)
    }

    /// How long after `earlier` this is; negative when it is before.
    public func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(millisecondsSince1970 - earlier.millisecondsSince1970)
    }
}

extension Duration {
    /// The duration in milliseconds, cut toward zero.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The duration in whole seconds, rounded up: what a client is told to wait, never a moment too short.
    public var secondsRoundedUp: Int {
        Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0)
    }
}

/// Where the domain reads the time, so that tests can set it.
public struct WallClock: Sendable {
    /// Reads the clock.
    public let now: @Sendable () -> Timestamp

    /// Wraps a function that tells the time.
    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }
}

/// When a request's caller stops waiting, on the monotonic clock. Work that is still queued by then is not begun.
public typealias Deadline = ContinuousClock.Instant
