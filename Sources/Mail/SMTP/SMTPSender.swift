// A sending thread: it keeps one connection, and starts another when that fails.

internal import CCurl
import Logging
import Signup
import Threads

/// A thread for each connection, since libcurl blocks: even its multi interface waits for the reply to the final dot, and that may
/// take a server seconds.
final class SMTPSender: BatchProcessor {
    private let configuration: SMTPConfiguration
    private let stop: StopSignal
    private let logger: Logger
    private let messageIDDomain: String
    /// Holds a connection whose last mail was accepted; `nil` at first and after any failure.
    private var session: SMTPSession?

    init(_ configuration: SMTPConfiguration, stop: StopSignal, logger: Logger) {
        self.configuration = configuration
        self.stop = stop
        self.logger = logger
        messageIDDomain = configuration.messageIDDomain ?? configuration.from.domain
    }

    deinit {
        session?.end(politely: true)
    }

    func process(_ batch: [MailOrder]) {
        for order in batch {
            order.ended(Result { () throws(MailFailure) in try deliver(order) })
        }
    }

    private func deliver(_ order: MailOrder) throws(MailFailure) -> String? {
        guard order.isWanted() else { return nil }
        guard !stop.isDue else { throw .local("shutting down") }
        let deadline = ContinuousClock.now + configuration.sendTimeout
        let message = try OutgoingMessage(order.message, from: configuration.from, messageIDDomain: messageIDDomain)
        var verdict = try attempt(message, by: deadline)
        if verdict.foundConnectionClosed, !stop.isDue {
            logger.debug("The mail server had closed an idle connection; sending over a new one")
            verdict = try attempt(message, by: deadline)
        }
        return try verdict.delivery(hiding: message.recipient).get()
    }

    /// One transfer. The session survives it only if the mail was accepted.
    private func attempt(
        _ message: OutgoingMessage,
        by deadline: ContinuousClock.Instant
    ) throws(MailFailure) -> SMTPVerdict {
        let timeLeft = ContinuousClock.now.duration(to: deadline)
        guard timeLeft > .zero else { throw .local("there was no time left for a second try") }
        let session = self.session
        self.session = nil
        let current = if let session { session } else { try SMTPSession(configuration, stop: stop) }
        let verdict = try current.send(message, within: timeLeft)
        if verdict.isAccepted {
            self.session = current
        } else {
            current.end(politely: verdict.isInStep)
        }
        return verdict
    }
}

/// The thread that answers `ping`: one probe for all who wait.
final class SMTPProber: BatchProcessor {
    private let configuration: SMTPConfiguration
    private let stop: StopSignal

    init(_ configuration: SMTPConfiguration, stop: StopSignal) {
        self.configuration = configuration
        self.stop = stop
    }

    func process(_ batch: [Completion<Void, MailFailure>]) {
        do throws(MailFailure) {
            try probe()
            for completion in batch { completion.succeed(()) }
        } catch {
            for completion in batch { completion.fail(error) }
        }
    }

    private func probe() throws(MailFailure) {
        let session = try SMTPSession(configuration, stop: stop)
        let verdict = try session.probe(within: min(Limits.probeTimeout, configuration.sendTimeout))
        session.end(politely: verdict.isInStep)
        if verdict.exitCode != CURLE_OK { throw verdict.failure() }
    }
}
