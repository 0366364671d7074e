// The settings of one start, read and checked: from here on nothing can be misconfigured.

import Foundation
import Logging
import Mail
import MariaDBStore
import Passwords
import RedisStore
import Signup
import Wire

/// Where members, signups and the outbox live.
enum DatabaseSettings: Sendable {
    case sqlite(path: String)
    case mariadb(MariaDBConfiguration)
}

/// Where mail goes.
enum MailSettings: Sendable {
    case maildir(MaildirConfiguration)
    case smtp(SMTPConfiguration)
}

/// Everything a start needs to know.
struct Settings: Sendable {
    let database: DatabaseSettings
    /// `nil`: codes and limits live in SQLite.
    let redis: RedisConfiguration?
    let mail: MailSettings
    let words: MailWords
    let keys: SigningKeys
    let stateDirectory: StateDirectory
    let socketPath: String
    let access: SocketAccess
    var limits: WireLimits
    let policy: SignupPolicy
    let courier: CourierPolicy
    let janitor: JanitorPolicy
    let hashing: PasswordHashingConfiguration
    let logFormat: LogFormat
    let logLevel: Logger.Level
    /// Worth telling the operator; nothing to refuse a start for.
    let warnings: [String]

    /// Reads everything, or tells everything that is wrong.
    ///
    /// - Parameter makesSocket: whether a socket will be made where the settings say; then it must be possible.
    static func load(_ options: SettingsOptions, makesSocket: Bool = false) throws -> Settings {
        var reader = SettingsReader(
            flags: options.flags,
            environment: ProcessInfo.processInfo.environment,
            configFile: options.config
        )
        let settings = read(&reader, makesSocket: makesSocket)
        guard reader.mistakes.isEmpty, let settings else {
            throw reader.refusals
        }
        return settings
    }

    /// Reads everything that can be read; the reader has what is wrong.
    static func read(_ reader: inout SettingsReader, makesSocket: Bool = false) -> Settings? {
        let stateDirectory = StateDirectory(
            reader.text(.stateDirectory),
            environment: ProcessInfo.processInfo.environment
        )
        let logFormat = readLogFormat(&reader)
        let logLevel = readLogLevel(&reader)
        let policy = readPolicy(&reader)
        let courier = readCourier(&reader, codeLifetime: policy.codeLifetime)
        let janitor = readJanitor(&reader)
        let hashing = readHashing(&reader)
        let authorities = reader.authorityFiles()
        let database = reader.database(stateDirectory, authorityFile: authorities.database)
        let redis = reader.redis(requiredBy: database)
        let mail = reader.mail(stateDirectory, requiredBy: database, courier: courier, authorityFile: authorities.smtp)
        let words = reader.mailWords()
        let keys = reader.signingKeys(stateDirectory, requiredBy: database)
        reader.checkPlaces(of: database, mail, stateDirectory)
        reader.checkLibraries(for: database, mail)
        let socketPath = reader.text(.socket) ?? stateDirectory.socketPath(ProcessInfo.processInfo.environment)
        if makesSocket { reader.checkSocketPlace(socketPath, stateDirectory) }
        let access = reader.socketAccess()
        let limits = reader.wireLimits()
        guard let database, let mail, let words, let keys else { return nil }
        return Settings(
            database: database,
            redis: redis,
            mail: mail,
            words: words,
            keys: keys,
            stateDirectory: stateDirectory,
            socketPath: socketPath,
            access: access,
            limits: limits,
            policy: policy,
            courier: courier,
            janitor: janitor,
            hashing: hashing,
            logFormat: logFormat,
            logLevel: logLevel,
            warnings: reader.warnings
        )
    }

    private static func readLogLevel(_ reader: inout SettingsReader) -> Logger.Level {
        guard let text = reader.text(.logLevel) else { return .info }
        if let level = Logger.Level(rawValue: text.lowercased()) { return level }
        let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        reader.refuse(.logLevel, "must be one of \(known)")
        return .info
    }

    private static func readLogFormat(_ reader: inout SettingsReader) -> LogFormat {
        guard let text = reader.text(.logFormat) else { return .text }
        if let format = LogFormat(rawValue: text.lowercased()) { return format }
        reader.refuse(.logFormat, "must be text or json")
        return .text
    }

    private static func readPolicy(_ reader: inout SettingsReader) -> SignupPolicy {
        var policy = SignupPolicy()
        policy.codeLifetime = reader.seconds(.codeLifetimeSeconds, default: policy.codeLifetime, in: 1...604_800)
        policy.codeTries = reader.integer(.codeTries, default: policy.codeTries, in: 1...100)
        policy.guessesPerDay = reader.integer(.guessesPerDay, default: policy.guessesPerDay, in: 0...100)
        policy.resendAfter = reader.seconds(.resendAfterSeconds, default: policy.resendAfter, in: 0...86_400)
        policy.mailsPerHour = reader.integer(.resendPerHour, default: policy.mailsPerHour, in: 0...100)
        policy.mailsPerDay = reader.integer(.resendPerDay, default: policy.mailsPerDay, in: 0...10_000)
        policy.signupsPerClient = reader.integer(.signupsPerClient, default: policy.signupsPerClient, in: 0...100)
        policy.verificationsPerClient = reader.integer(
            .verificationsPerClient,
            default: policy.verificationsPerClient,
            in: 0...100
        )
        policy.clientWindow = reader.seconds(.clientWindowSeconds, default: policy.clientWindow, in: 1...86_400)
        policy.privacy = reader.choice(.privacy, default: policy.privacy)
        policy.verifyBy = reader.choice(.verifyBy, default: policy.verifyBy)
        let minimumLength = reader.integer(.passwordMinimumLength, default: policy.passwordMinimumLength, in: 1...128)
        if minimumLength < policy.passwordMinimumLength {
            reader.warn(
                "\(Setting.passwordMinimumLength.rawValue) is under 8: short passwords are guessed offline in no time"
            )
        }
        policy.passwordMinimumLength = minimumLength
        if let words = reader.text(.reservedNicknames) {
            policy.reservedNicknames = Nickname.ReservedWords(words.split(separator: ",").map(String.init))
        }
        return policy
    }

    private static func readCourier(_ reader: inout SettingsReader, codeLifetime: Duration) -> CourierPolicy {
        var courier = CourierPolicy()
        courier.codeLifetime = codeLifetime
        courier.mailsPerHour = reader.integer(.mailsPerHour, default: courier.mailsPerHour, in: 0...1_000_000)
        courier.retryBase = reader.seconds(.mailRetryBaseSeconds, default: courier.retryBase, in: 0.01...600)
        courier.lease = reader.seconds(.mailLeaseSeconds, default: courier.lease, in: 3...3600)
        return courier
    }

    private static func readJanitor(_ reader: inout SettingsReader) -> JanitorPolicy {
        var janitor = JanitorPolicy()
        janitor.interval = reader.seconds(.purgeIntervalSeconds, default: janitor.interval, in: 0.01...86_400)
        return janitor
    }

    private static func readHashing(_ reader: inout SettingsReader) -> PasswordHashingConfiguration {
        let standard = PasswordHashingConfiguration()
        var hashing = standard
        let memory = reader.integer(.passwordMemoryKiB, default: standard.memoryKiB, in: 8...4_194_304)
        let iterations = reader.integer(.passwordIterations, default: standard.iterations, in: 1...1000)
        if memory < standard.memoryKiB || iterations < standard.iterations {
            reader.warn(
                "passwords are hashed with less than \(standard.memoryKiB) KiB and \(standard.iterations) iterations"
            )
        }
        hashing.memoryKiB = memory
        hashing.iterations = iterations
        // Fewer than 64 would refuse a burst that two cores work off in half a second.
        hashing.queueCapacity = reader.integer(.passwordQueue, default: standard.queueCapacity, in: 64...65_536)
        hashing.estimateQueueCapacity = hashing.queueCapacity
        return hashing
    }
}
