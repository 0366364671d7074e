// What one connection's conversation has come to so far.

/// Counters of one session. They only grow.
public struct SessionStatistics: Sendable, Equatable {
    /// Well-formed requests that wanted a reply.
    public internal(set) var requests = 0
    /// Replies with a result.
    public internal(set) var results = 0
    /// Replies with an error, malformed messages included.
    public internal(set) var errors = 0
    /// Lines and batch elements that were no request: not JSON, cut, too long, or against JSON-RPC.
    public internal(set) var malformedMessages = 0
    /// Requests without an id. None was executed.
    public internal(set) var droppedNotifications = 0
    /// Reply objects somebody sent us.
    public internal(set) var droppedResponses = 0
    /// Outcomes that came after their deadline had been answered.
    public internal(set) var lateOutcomes = 0

    public init() {}
}
