// A load: so many connections, so many requests in flight on each, as fast as replies come or at a fixed rate. It ends by count and
// by time, and it is a figure only if every reply was good.

import Glibc

/// Why there is no figure.
public struct LoadFailure: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// What a load measured.
public struct LoadResult: Sendable {
    /// All good replies, those of the warm-up too.
    public let total: Int
    /// Without the warm-up, like the seconds and the latencies.
    public let completed: Int
    public let seconds: Double
    /// In a closed loop from the sending, in an open one from the moment it should have been sent.
    public let latencies: Histogram
    /// What the load generator itself took of one core, in the whole run.
    public let ownProcessorSeconds: Double
    /// The whole run, from the first request.
    public let wholeSeconds: Double

    public var perSecond: Double { Double(completed) / seconds }
}

public struct Load: Sendable {
    public enum Pace: Sendable, Equatable {
        /// A new request for every reply.
        case closed
        /// So many a second whatever the replies do, up to the limit in flight.
        case open(perSecond: Double)
    }

    public let socketPath: String
    public let requests: Requests
    public var connections: Int
    /// On each connection.
    public var inFlight: Int
    public var pace = Pace.closed
    /// The first so many replies are checked and not counted.
    public var warmUp = 0
    /// At most so many requests; fewer if `requests` are not repeated and run out.
    public var count = Int.max
    /// Nothing is sent after so long.
    public var seconds: Double

    public init(
        _ socketPath: String,
        _ requests: Requests,
        connections: Int,
        inFlight: Int,
        seconds: Double
    ) {
        self.socketPath = socketPath
        self.requests = requests
        self.connections = connections
        self.inFlight = inFlight
        self.seconds = seconds
    }

    /// Longer than the server's own deadline of 15 s: whatever comes, comes by then.
    static let patienceNanoseconds: Int64 = 20_000_000_000

    /// Blocks the calling thread until the last reply.
    public func run() throws -> LoadResult {
        try requests.bytes.withUnsafeBytes { bytes in
            let loop = try LoadLoop(self, bytes: bytes)
            return try loop.run()
        }
    }
}

/// Clocks, as one thread sees them.
enum Clock {
    /// The monotonic clock.
    static var nanoseconds: Int64 { read(CLOCK_MONOTONIC) }

    /// What the calling thread has used of a core.
    static var threadNanoseconds: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
