// Mail over SMTP, by libcurl, over connections that are kept.

public import Logging
public import Signup
import Threads

/// The port's SMTP adapter: `concurrency` threads with a connection each, and one more that answers `ping`.
public final class SMTPTransport: MailTransport {
    public let concurrency: Int
    private let stop = StopSignal()
    private let senders: Worker<MailOrder>
    private let prober: Worker<Completion<Void, MailFailure>>

    /// Why the client library cannot be opened; `nil` once it is open.
    public static var libraryProblem: String? { CurlHandle.libraryProblem }

    /// Starts the threads; connects to nothing yet.
    ///
    /// - Throws: `.local` for a configuration that could never work, or if libcurl is not there.
    public init(_ configuration: SMTPConfiguration, logger: Logger) throws(MailFailure) {
        try configuration.check()
        if let problem = Self.libraryProblem { throw .local(problem) }
        let stop = stop
        concurrency = configuration.concurrency
        senders = Worker(
            name: "smtp",
            threadCount: configuration.concurrency,
            capacity: configuration.concurrency + Limits.waitingMails,
            batchLimit: 1
        ) {
            SMTPSender(configuration, stop: stop, logger: logger)
        }
        prober = Worker(name: "smtp-ping", capacity: Limits.waitingPings, batchLimit: Limits.waitingPings) {
            SMTPProber(configuration, stop: stop)
        }
    }

    public func submit(_ orders: [MailOrder]) {
        WakeUps.gathered {
            for order in orders {
                do throws(QueueRefusal) {
                    try senders.submit(order)
                } catch {
                    order.ended(.failure(.refused(error)))
                }
            }
        }
    }

    public func ping() async throws(MailFailure) {
        try await Completion.wait { completion in
            do throws(QueueRefusal) {
                try prober.submit(completion)
            } catch {
                completion.fail(.refused(error))
            }
        }
    }

    public func stop(after grace: Duration) {
        stop.arm(after: grace)
    }

    /// Refuses further mail, lets what runs go on for `grace` at most, and blocks until the threads have ended. Idempotent.
    public func shutDown(grace: Duration = .seconds(5)) {
        stop.arm(after: grace)
        prober.shutDown()
        senders.shutDown()
    }
}

extension MailFailure {
    /// A queue did not take the job.
    static func refused(_ refusal: QueueRefusal) -> MailFailure {
        switch refusal {
        case .full: .local("more mail at once than the transport has places for")
        case .closed: .local("shutting down")
        }
    }
}
