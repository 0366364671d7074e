// Mail into a directory: for trying signupd out, and for programs that read a Maildir.

public import Logging
public import Signup
import Threads

/// Where, as whom, and how many at once.
public struct MaildirConfiguration: Sendable {
    /// The Maildir; its directories are made if they are missing.
    public var path: String
    public var from: Mailbox
    /// How many the courier sends at once. One thread writes them all: the disk is one too.
    public var concurrency = 8

    public init(path: String, from: Mailbox) {
        self.path = path
        self.from = from
    }

    /// Refuses a Maildir that is there and whose codes others could read. Makes nothing.
    public func check() throws(MailFailure) {
        do throws(MaildirFolder.Failure) {
            try MaildirFolder(path: path).checkPrivacy(mayBeMissing: true)
        } catch {
            throw .local(error.text)
        }
    }
}

/// The port's Maildir adapter.
public final class MaildirTransport: MailTransport {
    public let concurrency: Int
    private let writer: Worker<MaildirJob>

    /// Makes the directories, refuses them if others could read the codes in them, and starts the thread.
    public init(_ configuration: MaildirConfiguration, logger: Logger) throws(MailFailure) {
        guard configuration.concurrency >= 1, !configuration.path.isEmpty else {
            throw .local("the maildir needs a path and a concurrency of at least 1")
        }
        let folder = MaildirFolder(path: configuration.path)
        do throws(MaildirFolder.Failure) {
            try folder.create()
            try folder.checkPrivacy()
        } catch {
            throw .local(error.text)
        }
        logger.debug("Mail goes into a directory", metadata: ["path": "\(configuration.path)"])
        concurrency = configuration.concurrency
        writer = Worker(
            name: "maildir",
            capacity: configuration.concurrency + Limits.waitingMails,
            batchLimit: Limits.maildirBatch
        ) {
            MaildirWriter(folder, from: configuration.from)
        }
    }

    public func submit(_ orders: [MailOrder]) {
        WakeUps.gathered {
            for order in orders {
                do throws(QueueRefusal) {
                    try writer.submit(.deliver(order))
                } catch {
                    order.ended(.failure(.refused(error)))
                }
            }
        }
    }

    /// A write into a directory ends by itself, in less than any grace.
    public func stop(after grace: Duration) {}

    public func ping() async throws(MailFailure) {
        try await Completion.wait { completion in
            do throws(QueueRefusal) {
                try writer.submit(.ping(completion))
            } catch {
                completion.fail(.refused(error))
            }
        }
    }

    /// Refuses further mail, writes what is queued, and blocks until the thread has ended. Idempotent.
    public func shutDown() {
        writer.shutDown()
    }
}
