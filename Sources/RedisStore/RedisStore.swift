// Codes and rate limits in Redis: the adapter's front, where async callers meet the one thread that talks to the server.

public import Logging
public import Signup
import Threads

/// Live codes and short-lived limits on one Redis (7.0 or later). No TLS: a Unix socket, loopback or a tunnel.
///
/// Connects with the first command, reconnects by itself, and never makes a caller wait much longer than the timeout.
public final class RedisStore: Sendable {
    private let worker: Worker<RedisJob>
    let keys: Keys
    let logger: Logger

    /// Starts the thread; the connection is made when it is first needed.
    public init(_ configuration: RedisConfiguration, logger: Logger) {
        self.logger = logger
        keys = Keys(prefix: configuration.keyPrefix)
        worker = Worker(
            name: "redis",
            capacity: configuration.queueCapacity,
            batchLimit: configuration.batchLimit
        ) {
            RedisProcessor(configuration, logger: logger)
        }
    }

    /// Refuses further calls, finishes those that are queued, and closes the connection. Blocks; idempotent.
    public func shutDown() {
        worker.shutDown()
    }

    /// Runs a command and waits for its reply.
    ///
    /// - Parameter continuesHere: whether the caller may go on in the connection's thread with this reply: where it hands it to
    ///   another store, and nothing else.
    func run(
        _ command: RedisCommand,
        deadline: Deadline,
        continuesHere: @escaping @Sendable (RedisReply) -> Bool = { _ in false }
    ) async throws(BackendFailure) -> RedisReply {
        try await Completion.wait { completion in
            let job = RedisJob(
                command: command,
                deadline: deadline,
                completion: completion,
                continuesHere: continuesHere
            )
            submit(job, completion)
        }
    }

    /// Runs commands and waits for all their replies.
    func run(_ commands: [RedisCommand], deadline: Deadline) async -> [Result<RedisReply, BackendFailure>] {
        await Completion.waitForAll(commands.count) { completions in
            WakeUps.gathered {
                for (command, completion) in zip(commands, completions) {
                    submit(RedisJob(command: command, deadline: deadline, completion: completion), completion)
                }
            }
        }
    }

    private func submit(_ job: RedisJob, _ completion: Completion<RedisReply, BackendFailure>) {
        do throws(QueueRefusal) { try worker.submit(job) } catch { completion.fail(BackendFailure(refusal: error)) }
    }

    /// Queues a command without waiting. What is lost on the way is lost.
    func enqueue(_ command: RedisCommand) {
        do throws(QueueRefusal) {
            try worker.submit(RedisJob(command: command, deadline: nil, completion: nil))
        } catch {
            logger.debug("A best-effort command was not queued", metadata: ["reason": "\(error)"])
        }
    }

    /// One round trip.
    public func ping(deadline: Deadline) async throws(BackendFailure) {
        let reply = try await run(.ping, deadline: deadline)
        guard reply == .text("PONG") else { throw BackendFailure(unexpected: reply, to: "PING") }
    }
}

extension BackendFailure {
    fileprivate init(refusal: QueueRefusal) {
        switch refusal {
        case .full: self.init(.redis, .overloaded, reason: "too many commands are queued")
        case .closed: self.init(.redis, .shuttingDown, reason: "shutting down")
        }
    }

    /// A reply our own script never gives. Named by its shape only.
    init(unexpected reply: RedisReply, to what: String) {
        let shape =
            switch reply {
            case .integer: "an integer"
            case .text: "a string"
            case .error: "an error"
            case .unexpected: "an array or nothing"
            }
        self.init(.redis, .defect, reason: "\(what) was answered with \(shape)")
    }
}
