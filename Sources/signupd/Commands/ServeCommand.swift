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
            The socket has mode 0660: whoever may open it may sign people up. Sockets passed in by systemd are served \
            instead of --socket. SIGTERM answers what is in flight and ends within 10 seconds.
            """
    )

    /// How long what is in flight may take once a stop is asked for.
    private static let gracePeriod: Duration = .seconds(10)

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Where to listen. Default: SIGNUPD_SOCKET.", completion: .file())
    var socket: String?

    @Option(
        name: .customLong("operator-uid"),
        help: ArgumentHelp("A Unix user who may use the outbox methods. May be repeated.", valueName: "uid")
    )
    var operatorUserIDs: [UInt32] = []

    func run() async throws {
        var options = settings
        if let socket { options.set.append("\(Setting.socket.rawValue)=\(socket)") }
        let settings = try await loadSettings(options)
        let logger = startLogging(settings)
        let passedIn = Systemd.listeners(ProcessInfo.processInfo.environment)
        let file = passedIn.isEmpty ? try takeSocket(settings) : nil
        defer { file?.remove() }

        let application = try openApplication(
            settings,
            remembersOwedMail: false,
            operators: OutboxOperators(named: operatorUserIDs),
            logger: logger
        )
        try await checkSchema(application, logger: logger)
        raiseDescriptorLimit(for: application.limits.connectionCount, logger: logger)
        let server = SocketServer(
            listeners: file.map { [$0.descriptor] } ?? passedIn,
            limits: application.limits,
            methods: application.methods,
            logger: logger
        ) {
            logger.notice("signupd serves", metadata: ["socket": "\(file?.path ?? "passed in")"])
            Systemd.notify("READY=1")
        }
        try await serve(server, application: application, logger: logger)
        application.shutDown()
    }

    /// The server stops first, so that mail owed by its last requests still finds the courier running.
    private func serve(_ server: SocketServer, application: Application, logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: CourierService(courier: application.courier)),
                .init(service: JanitorService(janitor: application.janitor)),
                .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "signupd.lifecycle") { _ in SwiftLogNoOpLogHandler() }
        )
        configuration.maximumGracefulShutdownDuration = Self.gracePeriod
        try await ServiceGroup(configuration: configuration).run()
        Systemd.notify("STOPPING=1")
    }

    private func takeSocket(_ settings: Settings) throws -> SocketFile {
        do throws(SocketFailure) {
            if settings.socketPath == settings.stateDirectory.file("signupd.sock") {
                // A failure to make the directory shows as a failure to open the lock in it, named there.
                try? settings.stateDirectory.make()
            }
            return try SocketFile(path: settings.socketPath)
        } catch {
            throw refusal("signupd: \(error)\n", .temporaryFailure)
        }
    }

    /// A database that cannot be asked now is asked by the requests; one that answers wrongly is refused.
    private func checkSchema(_ application: Application, logger: Logger) async throws {
        do {
            try await application.checkSchema()
        } catch let mistakes as ConfigurationMistakes {
            throw refusal(mistakes.description, .configuration)
        } catch {
            logger.warning("the database cannot be asked yet", metadata: ["cause": "\(error)"])
        }
    }

    /// Each connection is a descriptor; the backends, the log and the listeners are a few more.
    private func raiseDescriptorLimit(for connectionCount: Int, logger: Logger) {
        let needed = rlim_t(connectionCount + 128)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < needed else { return }
        limit.rlim_cur = min(needed, limit.rlim_max)
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 || limit.rlim_cur < needed {
            logger.warning("the limit of open files is too low for all connections", metadata: ["needed": "\(needed)"])
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
