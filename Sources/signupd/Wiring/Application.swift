// From settings to running parts: which adapter stands behind which port.

import ArgumentParser
import Glibc
import Logging
import Mail
import MariaDBStore
import Passwords
import RedisStore
import SQLiteStore
import Signup
import Wire

/// The parts of one process, wired. ``shutDown()`` ends their threads.
struct Application: Sendable {
    let methods: MethodTable
    let statistics = ServiceStatistics()
    let courier: Courier
    let janitor: Janitor
    let bell: CourierBell
    let outbox: any Outbox
    let accounts: any AccountStore
    let limits: WireLimits
    let logger: Logger
    private let stores: Stores
    private let mail: MailParts
    private let hasher: Argon2PasswordHasher

    /// Opens the embedded stores (and migrates SQLite); connections to servers are made when first needed.
    ///
    /// - Parameter remembersOwedMail: whether a pipe will ask, before it ends, which of its mail is still owed.
    /// - Parameter operators: who may use the outbox's methods, and is told why a backend is not well.
    /// - Parameter requestLog: where each request's line goes; `nil`: nowhere.
    init(
        _ settings: Settings,
        remembersOwedMail: Bool,
        operators: Operators,
        requestLog: RequestLog? = nil,
        logger: Logger
    ) throws {
        let clock = WallClock.system
        limits = settings.limits
        self.logger = logger
        stores = try Stores(settings, logger: logger)
        mail = try MailParts(settings, logger: logger)
        hasher = Argon2PasswordHasher(
            configuration: settings.hashing,
            hashingThreads: ThreadHooks(
                begin: {
                    Turns.long.take()
                    HashMemory.keepOnThisThread()
                },
                rest: { HashMemory.giveBack() }
            ),
            estimatingThread: ThreadHooks(begin: { Turns.long.take() })
        )
        bell = CourierBell(remembersOwed: remembersOwedMail)
        accounts = stores.accounts
        outbox = stores.outbox
        let service = SignupService(
            accounts: stores.accounts,
            codes: stores.codes,
            redeemer: stores.redeemer,
            limiter: stores.limiter,
            hasher: hasher,
            keys: settings.keys,
            policy: settings.policy,
            bell: bell,
            clock: clock,
            logger: logger
        )
        courier = Courier(
            outbox: stores.outbox,
            codes: stores.codes,
            transport: mail.transport,
            composer: mail.composer,
            keys: settings.keys,
            policy: settings.courier,
            bell: bell,
            clock: clock,
            logger: logger
        )
        janitor = Janitor(accounts: stores.accounts, policy: settings.janitor, clock: clock, logger: logger)
        methods = MethodTable(
            immediate: [
                PingMethod(), InfoMethod(limits: limits, policy: settings.policy), StatsMethod(statistics: statistics),
                DiscoverMethod(),
            ],
            backed: [
                SignupMethod(service: service),
                VerifyMethod(service: service),
                ResendMethod(service: service),
                StatusMethod(service: service),
                HealthMethod(
                    probes: stores.probes + [mail.probe],
                    outbox: stores.outbox,
                    operators: operators,
                    clock: clock
                ),
                OutboxListMethod(outbox: stores.outbox, limits: limits),
                OutboxRetryMethod(outbox: stores.outbox, bell: bell, clock: clock),
                OutboxDropMethod(outbox: stores.outbox, courier: settings.courier, clock: clock),
            ],
            operators: operators,
            statistics: statistics,
            requestLog: requestLog
        )
    }

    /// Refuses a database that another version of the schema made, or that none did.
    func checkSchema() async throws {
        try await stores.checkSchema()
    }

    /// Says why the program does not start, and ends its threads first: one that ends while the process exits leaks what a library
    /// keeps for each thread, because OpenSSL by then frees it no more.
    func refusal(_ text: String, _ status: ExitStatus) -> ExitCode {
        shutDown()
        return signupd.refusal(text, status)
    }

    /// Lets mail that is being sent go on for `grace` at most: a server that answers nothing must not hold up a stop.
    func stopMail(after grace: Duration) {
        mail.transport.stop(after: grace)
    }

    /// Ends every thread, after what is queued on it. Call it once no request runs.
    func shutDown() {
        hasher.shutDown()
        mail.shutDown()
        stores.shutDown()
        LogWriter.standardError.flushAtEnd()
    }
}

extension WallClock {
    /// The machine's clock.
    static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
