// signupd pipe: requests on standard input, replies on standard output. Files, pipes and terminals alike.

import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import Signup
import UnixSignals
import Wire

struct PipeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipe",
        abstract: "Answers the requests of standard input on standard output.",
        discussion: """
            Exit status: 0 all results, 1 some error reply, 65 some malformed or unexecuted line, 69 the database cannot \
            be reached at start, 78 bad configuration.
            """
    )

    /// What a send that has begun may take beyond the drain.
    private static let mailGracePeriod: Duration = .seconds(2)
    /// How often the drain looks whether the mail has left.
    private static let drainInterval: Duration = .milliseconds(20)
    /// Signups asked about at once while draining.
    private static let drainBatch = 500

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Each line is the params of this method, and its id is the line's number.")
    var method: String?

    @Flag(help: "Write replies as they complete instead of in the order of the input.")
    var unordered = false

    @Flag(
        inversion: .prefixedNo,
        help: "Show how far it is, on standard error if that is a terminal. Default: if replies go elsewhere."
    )
    var progress: Bool?

    @Option(help: ArgumentHelp("How long the mail of this run may take to leave, at the end.", valueName: "seconds"))
    var drain: Double = 10

    func validate() throws {
        guard (0...86_400).contains(drain) else { throw ValidationError("--drain must be from 0 to 86400 seconds") }
    }

    func run() async throws {
        let settings = try loadSettings(settings)
        let logger = startLogging(settings)
        // Its replies say the same, to the same person.
        let requestLog = RequestLog(settings, at: .debug)
        let application = try openApplication(
            settings,
            remembersOwedMail: true,
            requestLog: requestLog,
            logger: logger
        )
        try await checkSchema(application)
        // One loop thinks for all requests, as in the server: what they ask of a store goes to it together.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let status = await withTaskExecutorPreference(EventLoopExecutor(loops.next())) {
            await converse(application, logger: logger)
        }
        application.shutDown()
        try await loops.shutdownGracefully()
        if status != .success { throw ExitCode(status.rawValue) }
    }

    private func checkSchema(_ application: Application) async throws {
        do {
            try await application.checkSchema()
        } catch let mistakes as ConfigurationMistakes {
            throw application.refusal(mistakes.description, .configuration)
        } catch {
            throw application.refusal("signupd: \(error)\n", .unavailable)
        }
    }

    private func converse(_ application: Application, logger: Logger) async -> ExitStatus {
        var conversation = PipeConversation(
            methods: application.methods,
            statistics: application.statistics,
            limits: application.limits,
            method: method,
            isOrdered: !unordered,
            progress: showsProgress ? Progress() : nil,
            input: StandardInput(),
            output: StandardOutput(),
            logger: logger
        )
        let stop = PipeStop(signals: await UnixSignalsSequence(trapping: .sigterm, .sigint))
        // To the end of the courier, too; cancelled where this function ends.
        async let _: Void = stop.watch()
        return await withDiscardingTaskGroup(returning: ExitStatus.self) { group in
            group.addTask { await application.courier.run() }
            defer { group.cancelAll() }
            do throws(StreamFailure) {
                let statistics = try await conversation.run(stop: stop.requests)
                tellDropped(statistics)
                await finishMail(application, unless: stop)
                return Self.status(statistics)
            } catch {
                application.stopMail(after: Self.mailGracePeriod)
                _ = refusal("signupd: \(error)\n", .outputLost)
                return .outputLost
            }
        }
    }

    /// On one terminal the line and the replies would run into each other.
    private var showsProgress: Bool {
        isatty(STDERR_FILENO) == 1 && (progress ?? (isatty(STDOUT_FILENO) == 0))
    }

    /// The totals; the first notification was warned about when it came.
    private func tellDropped(_ statistics: SessionStatistics) {
        var text = ""
        if statistics.droppedNotifications > 1 {
            text += "signupd: \(DropWarning.text(statistics.droppedNotifications))\n"
        }
        if statistics.droppedResponses > 0 {
            text += "signupd: \(statistics.droppedResponses) of the messages were replies, not requests; not executed\n"
        }
        if !text.isEmpty { tell(text) }
    }

    /// Gives the courier its time for the mail that this run owes and that falls due in it; says what stays queued. Somebody who
    /// asks for the end does not wait for mail: it is owed, and leaves with the next run.
    private func finishMail(_ application: Application, unless stop: PipeStop) async {
        let clock = WallClock.system
        let end = ContinuousClock.now + .milliseconds(Int64(drain * 1000))
        let lastDue = clock.now() + .milliseconds(Int64(drain * 1000))
        while ContinuousClock.now < end, !stop.isAsked, await owesDueMail(application, by: lastDue) {
            guard (try? await Task.sleep(for: Self.drainInterval)) != nil else { break }
        }
        application.stopMail(after: Self.mailGracePeriod)
        let left = application.bell.owed.count
        if left > 0 {
            let text =
                "signupd: mail for \(left) signup\(left == 1 ? "" : "s") is still queued; it leaves with the next "
                + "signupd serve or pipe on this database\n"
            tell(text)
        }
    }

    private func owesDueMail(_ application: Application, by lastDue: Timestamp) async -> Bool {
        let owed = application.bell.owed
        guard !owed.isEmpty else { return false }
        let batch = Array(owed.prefix(Self.drainBatch))
        do throws(BackendFailure) {
            let due = try await application.outbox.countDue(of: batch, now: lastDue, deadline: .now + .seconds(5))
            return due > 0 || owed.count > batch.count
        } catch {
            // The database is away: it may come back within the drain.
            return true
        }
    }

    private static func status(_ statistics: SessionStatistics) -> ExitStatus {
        let unexecuted = statistics.droppedNotifications + statistics.droppedResponses
        if statistics.malformedMessages + unexecuted > 0 { return .malformedInput }
        return statistics.errors > 0 ? .errorReplies : .success
    }
}
