// A thread's hold on the database: its one connection, kept from job to job and renewed when it fails.

import Logging
import Signup

/// Made, used and released on one worker thread.
final class Session {
    private let configuration: MariaDBConfiguration
    private let isTransactionsOnly: Bool
    private let breaker: SharedBreaker
    private let logger: Logger
    private var connection: MariaDBConnection?
    private var lastWorkedAt = ContinuousClock.now

    /// - Parameter isTransactionsOnly: whether nothing is ever done in it outside a transaction.
    init(_ configuration: MariaDBConfiguration, isTransactionsOnly: Bool, breaker: SharedBreaker, logger: Logger) {
        self.configuration = configuration
        self.isTransactionsOnly = isTransactionsOnly
        self.breaker = breaker
        self.logger = logger
    }

    /// A connection to work with.
    struct Lease {
        let connection: MariaDBConnection
        /// It had worked before.
        let wasKept: Bool
    }

    /// The kept connection if it can be trusted, else a new one if the breaker lets us try.
    ///
    /// - Parameter mustFindOut: a COMMIT's answer was lost; then no breaker holds us back.
    func lease(mustFindOut: Bool) throws(BackendFailure) -> Lease {
        if let connection, isTrusted(connection) { return Lease(connection: connection, wasKept: true) }
        connection = nil
        if !mustFindOut { try breaker.admit() }
        let new = try connect()
        connection = new
        return Lease(connection: new, wasKept: false)
    }

    /// No round trip, but for a connection that was idle for long or since the server was last seen failing.
    private func isTrusted(_ connection: MariaDBConnection) -> Bool {
        if connection.wasClosedByServer { return false }
        let isRecent = ContinuousClock.now - lastWorkedAt < Limits.trustedIdle
        if isRecent, !breaker.doubts(workedAt: lastWorkedAt) { return true }
        guard connection.answers(withinSeconds: Limits.pingTimeoutSeconds) else { return false }
        worked()
        return true
    }

    private func connect() throws(BackendFailure) -> MariaDBConnection {
        do {
            let new = try MariaDBConnection(
                configuration,
                .work(configuration, isTransactionsOnly: isTransactionsOnly)
            )
            if breaker.succeeded() { logger.notice("MariaDB answers again") }
            worked()
            return new
        } catch {
            throw serverFailed(error)
        }
    }

    /// Whether the last attempt left a connection behind.
    var isConnected: Bool { connection != nil }

    /// Notes that the connection just did what it was asked.
    func worked() {
        lastWorkedAt = .now
    }

    /// Takes note of a failure: a connection that is of no use goes, and a silent server opens the breaker for everybody.
    func failed(_ error: DatabaseError) {
        if error.endsConnection { drop() }
        if error.kind == .connectionLost(timedOut: true) { _ = serverFailed(error) }
    }

    /// Closes the connection; the server rolls back whatever was open.
    func drop() {
        connection = nil
    }

    private func serverFailed(_ error: DatabaseError) -> BackendFailure {
        let failure = error.failure(.unavailable, retryAfter: Limits.breakerPause)
        if breaker.failed(failure) {
            logger.warning("MariaDB does not answer", metadata: ["reason": "\(failure)"])
        }
        return failure
    }
}
