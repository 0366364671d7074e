// signupd serve: a Unix socket beside a backend. Starts while backends are down, and answers UNAVAILABLE until they come.

import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Signup
import UnixSignals
import Wire

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves a Unix socket.",
        discussion: """
            The socket has mode 0660: whoever may open it may sign people up. With --allow-uid or --allow-gid only these \
            users and groups are served, root and the server's own user always. Sockets passed in by systemd are served \
            instead of --socket. SIGTERM answers what is in flight and ends within 10 seconds.
            """
    )

    /// Of the ten seconds of a stop, what mail under way may take; the rest is for giving leases back.
    private static let mailGracePeriod: Duration = .seconds(6)

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Where to listen. Default: SIGNUPD_SOCKET.", completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("The group of the socket's file, by name or number.", valueName: "group"))
    var socketGroup: String?

    @Option(help: ArgumentHelp("Serve this user, by name or number. May be repeated.", valueName: "user"))
    var allowUid: [String] = []

    @Option(help: ArgumentHelp("Serve this primary group, by name or number. May be repeated.", valueName: "group"))
    var allowGid: [String] = []

    @Option(
        name: .customLong("operator-uid"),
        help: ArgumentHelp(
            "This user, by name or number, may use the outbox methods. May be repeated.",
            valueName: "user"
        ),
        transform: userID
    )
    var operatorUserIDs: [UInt32] = []

    func run() async throws {
        let whyNotBehind = SessionNiceness.standBack()
        let passedIn = Systemd.listeners(ProcessInfo.processInfo.environment)
        for listener in passedIn where !PeerCredentials.areKnown(to: listener) {
            throw refusal(
                "signupd: descriptor \(listener) that was passed in is no Unix socket; give a path to ListenStream=\n",
                .configuration
            )
        }
        var settings = try loadSettings(settingsWithFlags, makesSocket: passedIn.isEmpty)
        let logger = startLogging(settings)
        if let whyNotBehind {
            logger.warning(
                """
                hashing may hold up other services: \(whyNotBehind); give this service a tenth of their CPU weight instead \
                (docs/deploy.md, "Beside others")
                """
            )
        }
        settings.limits.connectionCount = DescriptorLimit.raise(for: settings.limits.connectionCount, logger: logger)
        let signals = await StopSignals.trap()
        let file = passedIn.isEmpty ? try takeSocket(settings) : nil
        defer { file?.remove() }

        let application = try openApplication(
            settings,
            remembersOwedMail: false,
            operators: Operators(named: operatorUserIDs),
            requestLog: RequestLog(settings, at: .info),
            logger: logger
        )
        try await checkSchema(application, logger: logger)
        let server = SocketServer(
            listeners: file.map { [$0.descriptor] } ?? passedIn,
            limits: application.limits,
            access: settings.access,
            methods: application.methods,
            statistics: application.statistics,
            logger: logger
        ) {
            logger.notice("signupd serves", metadata: ["socket": "\(file?.path ?? "passed in")"])
            Systemd.notify("READY=1")
            StartupMemory.release()
        }
        try await serve(server, until: signals, application: application, logger: logger) { file?.remove() }
    }

    /// The flags of this command are settings like any other, and come first.
    private var settingsWithFlags: SettingsOptions {
        var options = settings
        func add(_ setting: Setting, _ value: String) { options.set.append("\(setting.rawValue)=\(value)") }
        if let socket { add(.socket, socket) }
        if let socketGroup { add(.socketGroup, socketGroup) }
        if !allowUid.isEmpty { add(.allowedUsers, allowUid.joined(separator: ",")) }
        if !allowGid.isEmpty { add(.allowedGroups, allowGid.joined(separator: ",")) }
        return options
    }

    /// The server stops first, so that mail owed by its last requests still finds the courier running.
    private func serve(
        _ server: SocketServer,
        until signals: UnixSignalsSequence,
        application: Application,
        logger: Logger,
        removeSocket: @escaping @Sendable () -> Void
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: CourierService(courier: application.courier)),
                .init(service: JanitorService(janitor: application.janitor)),
                .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            logger: Logger(label: "signupd.lifecycle") { _ in SwiftLogNoOpLogHandler() }
        )
        configuration.maximumGracefulShutdownDuration = StopSignals.gracePeriod
        let services = ServiceGroup(configuration: configuration)
        let stop = StopSignals(signals) {
            Systemd.notify("STOPPING=1")
            application.stopMail(after: Self.mailGracePeriod)
            await services.triggerGracefulShutdown()
        } abandon: {
            removeSocket()
            logger.warning("the process ends although requests still run")
        }
        // Cancelled where this function ends.
        async let _: Void = stop.watch()
        try await services.run()
        application.shutDown()
    }

    private func takeSocket(_ settings: Settings) throws -> SocketFile {
        do throws(SocketFailure) {
            if settings.stateDirectory.holds(settings.socketPath) {
                // A failure to make the directory shows as a failure to open the lock in it, named there.
                try? settings.stateDirectory.make()
            }
            return try SocketFile(path: settings.socketPath, groupID: settings.access.socketGroupID)
        } catch {
            throw refusal("signupd: \(error)\n", .temporaryFailure)
        }
    }

    /// A database that cannot be asked now is asked by the requests; one that answers wrongly is refused.
    private func checkSchema(_ application: Application, logger: Logger) async throws {
        do {
            try await application.checkSchema()
        } catch let mistakes as ConfigurationMistakes {
            throw application.refusal(mistakes.description, .configuration)
        } catch {
            logger.warning("the database cannot be asked yet", metadata: ["cause": "\(error)"])
        }
    }
}

/// Runs the courier until the group stops.
struct CourierService: Service {
    let courier: Courier

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await courier.run()
        }
    }
}

private func userID(_ name: String) throws -> uid_t {
    guard let id = UserName.id(of: name) else { throw ValidationError("'\(name)' is no user of this machine") }
    return id
}
