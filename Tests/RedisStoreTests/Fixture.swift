// A store of a test's own on the shared Redis, a clock the test sets, and codes to install and guess.

import Cryptography
import Foundation
import Logging
import RedisStore
import Signup
import TestServers

/// Keys under a prefix of its own, so that tests run side by side.
struct Fixture: Sendable {
    static let email = "mira@example.org"
    static let start = Timestamp(millisecondsSince1970: 1_800_000_000_000)
    static let lifetime = Duration.seconds(3600)

    let redis: PrivateRedis
    let store: RedisStore
    let prefix: String
    private let key: SigningKey

    init(on redis: PrivateRedis? = nil, _ adjust: (inout Settings) -> Void = { _ in }) throws {
        self.redis = try redis ?? PrivateRedis.shared()
        prefix = "test-\(UUID().uuidString)"
        key = try Self.key(7)
        var settings = Settings()
        adjust(&settings)
        store = RedisStore(settings.configuration(self.redis, prefix: prefix), logger: settings.logger)
    }

    static func key(_ byte: UInt8) throws -> SigningKey {
        guard let key = SigningKey(secret: [UInt8](repeating: byte, count: 32)) else {
            throw ServerFailure("32 bytes make no key")
        }
        return key
    }

    /// Far enough for any test, so that only tests of deadlines meet one.
    var deadline: Deadline { .now + .seconds(60) }

    func digest(_ text: String, key: SigningKey? = nil, email: String = email) throws -> CodeDigest {
        guard let code = VerificationCode(typed: text) else { throw ServerFailure("\(text) is no code") }
        return (key ?? self.key).digest(of: code, email: email)
    }

    /// Installs the code of a signup's mail.
    func install(
        _ text: String,
        for signupID: SignupID,
        issue: Int = 1,
        email: String = email,
        key: SigningKey? = nil,
        now: Timestamp = start,
        lifetime: Duration = lifetime
    ) async throws {
        let code = CodeInstallation(
            email: email,
            signupID: signupID,
            issue: issue,
            digest: try digest(text, key: key, email: email),
            expiresAt: now + lifetime
        )
        try await store.install(code, now: now, deadline: deadline)
    }

    /// Types a code, with `signup_id` or by e-mail alone.
    func guess(
        _ text: String,
        for signupID: SignupID?,
        email: String = email,
        dailyGuesses: Int = 10,
        now: Timestamp = start,
        deadline: Deadline? = nil
    ) async throws(BackendFailure) -> GuessOutcome {
        let digests: [CodeDigest]
        do {
            digests = [try digest(text, email: email)]
        } catch {
            throw BackendFailure(.redis, .defect, reason: "\(error)")
        }
        let guess = CodeGuess(
            email: email,
            signupID: signupID,
            digests: digests,
            tries: 5,
            dailyGuesses: dailyGuesses
        )
        return try await store.evaluate(guess, now: now, deadline: deadline ?? self.deadline)
    }

    /// Retires, and waits until Redis has done so: the connection answers in order.
    func retire(_ signupID: SignupID, now: Timestamp = start) async throws {
        store.retire(signupID: signupID, email: Self.email, now: now)
        try await store.ping(deadline: deadline)
    }

    /// What Redis keeps under this test's prefix.
    func keys() throws -> [String] {
        try redis.command("KEYS", "\(prefix):*").split(separator: "\n").map(String.init)
    }
}

/// How a test's store differs from the usual one.
struct Settings {
    var password: String?
    var user: String?
    var port: Int?
    var database = 0
    var socketPath: String?
    var timeout = Duration.seconds(1)
    var queueCapacity = 8192
    var prefix: String?
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func configuration(_ redis: PrivateRedis, prefix: String) -> RedisConfiguration {
        RedisConfiguration(
            port: port ?? 6379,
            socketPath: port == nil ? socketPath ?? redis.socketPath : nil,
            user: user,
            password: password,
            database: database,
            keyPrefix: self.prefix ?? prefix,
            timeout: timeout,
            queueCapacity: queueCapacity
        )
    }
}

extension SignupID {
    /// A new one.
    static func new() -> SignupID { SignupID(now: Fixture.start) }
}
