// From URLs to the configurations of the adapters. With a mariadb: database nothing else may be a silent default.

import Cryptography
import Foundation
import Mail
import MariaDBStore
import RedisStore
import Signup

extension SettingsReader {
    mutating func database(_ state: StateDirectory, authorityFile: String?) -> DatabaseSettings? {
        guard let text = text(.databaseURL) else { return .sqlite(path: state.file("signupd.sqlite")) }
        do throws(ConnectionURL.Malformed) {
            let url = try ConnectionURL(text, schemes: ConnectionURL.databases)
            if url.scheme == "sqlite" {
                guard !url.path.isEmpty, url.host == nil else {
                    throw ConnectionURL.Malformed(problem: "names no file; write sqlite:/path/to/signupd.sqlite")
                }
                return .sqlite(path: url.path)
            }
            guard let user = url.user else {
                throw ConnectionURL.Malformed(problem: "names no user; write mariadb://USER:PASSWORD@HOST/DATABASE")
            }
            guard !url.path.isEmpty, !url.path.contains("/") else {
                throw ConnectionURL.Malformed(problem: "names no database; write mariadb://USER:PASSWORD@HOST/DATABASE")
            }
            let socket = url.parameters["socket"]
            return .mariadb(
                MariaDBConfiguration(
                    host: try socket == nil ? url.requiredHost() : "localhost",
                    port: url.port ?? 3306,
                    socketPath: socket,
                    user: user,
                    password: url.password ?? "",
                    database: url.path,
                    caFile: authorityFile
                )
            )
        } catch {
            refuse(.databaseURL, error.problem)
            return nil
        }
    }

    mutating func redis(requiredBy database: DatabaseSettings?) -> RedisConfiguration? {
        guard let text = text(.redisURL) else {
            if case .mariadb = database {
                refuse(.redisURL, "is required with a mariadb: database; write redis://HOST:6379/0 or redis+unix:PATH")
            }
            return nil
        }
        do throws(ConnectionURL.Malformed) {
            if text.lowercased().hasPrefix("rediss:") {
                let problem = "asks for TLS, which this version cannot speak to Redis; use a Unix socket or a tunnel"
                throw ConnectionURL.Malformed(problem: problem)
            }
            let url = try ConnectionURL(text, schemes: ConnectionURL.redis)
            if url.scheme == "redis+unix" {
                guard url.path.hasPrefix("/") else {
                    throw ConnectionURL.Malformed(problem: "names no socket; write redis+unix:/path/to/redis.sock?db=0")
                }
                let database = try Self.redisDatabase(url.parameters["db"] ?? "0")
                return RedisConfiguration(
                    socketPath: url.path,
                    user: url.user,
                    password: url.password,
                    database: database
                )
            }
            return RedisConfiguration(
                host: try url.requiredHost(),
                port: url.port ?? 6379,
                user: url.user,
                password: url.password,
                database: try Self.redisDatabase(url.path.isEmpty ? url.parameters["db"] ?? "0" : url.path)
            )
        } catch {
            refuse(.redisURL, error.problem)
            return nil
        }
    }

    private static func redisDatabase(_ text: String) throws(ConnectionURL.Malformed) -> Int {
        guard let number = Int(text), (0...1_048_575).contains(number) else {
            throw ConnectionURL.Malformed(problem: "names no database number; write redis://HOST:6379/0")
        }
        return number
    }

    mutating func mail(
        _ state: StateDirectory,
        requiredBy database: DatabaseSettings?,
        courier: CourierPolicy,
        authorityFile: String?
    ) -> MailSettings? {
        let from = mailbox()
        let concurrency = integer(.mailConcurrency, default: 8, in: 1...256)
        guard let text = text(.smtpURL) else {
            if case .mariadb = database {
                refuse(
                    .smtpURL,
                    "is required with a mariadb: database; write smtp://USER:PASSWORD@HOST:587 or maildir:PATH"
                )
                return nil
            }
            return from.map { .maildir(MaildirConfiguration(path: state.file("Maildir"), from: $0)) }
        }
        do throws(ConnectionURL.Malformed) {
            let url = try ConnectionURL(text, schemes: ConnectionURL.mails)
            if url.scheme == "maildir" {
                guard !url.path.isEmpty, url.host == nil else {
                    throw ConnectionURL.Malformed(problem: "names no directory; write maildir:/path/to/Maildir")
                }
                return from.map { .maildir(MaildirConfiguration(path: url.path, from: $0)) }
            }
            let security = try Self.security(of: url)
            guard url.path.isEmpty, url.user != nil || url.password == nil else {
                let problem =
                    "must be smtp://USER:PASSWORD@HOST:PORT; percent-encode special characters of the password"
                throw ConnectionURL.Malformed(problem: problem)
            }
            let host = try url.requiredHost()
            guard let from else { return nil }
            var smtp = SMTPConfiguration(
                host: host,
                port: UInt16(url.port ?? (security == .implicitTLS ? 465 : 587)),
                security: security,
                from: from
            )
            smtp.credentials = url.user.map { SMTPCredentials(user: $0, password: url.password ?? "") }
            smtp.caFile = authorityFile
            smtp.sendTimeout = courier.sendTimeout
            smtp.concurrency = concurrency
            return .smtp(smtp)
        } catch {
            refuse(.smtpURL, error.problem)
            return nil
        }
    }

    private static func security(of url: ConnectionURL) throws(ConnectionURL.Malformed) -> SMTPConfiguration.Security {
        switch (url.scheme, url.parameters["tls"]) {
        case ("smtps", nil): return .implicitTLS
        case ("smtp", nil): return .startTLSRequired
        case ("smtp", "off"):
            guard url.password == nil || url.isLoopback else {
                let problem = "would send its password in clear text over a network; leave tls=off out"
                throw ConnectionURL.Malformed(problem: problem)
            }
            return .none
        default: throw ConnectionURL.Malformed(problem: "has a tls parameter that is not tls=off, or has it with smtps")
        }
    }

    mutating func mailbox() -> Mailbox? {
        do {
            return try Mailbox(text(.mailFrom) ?? "signupd <signupd@localhost>")
        } catch {
            refuse(.mailFrom, "must be an address, or Name <address>")
            return nil
        }
    }

    /// The secrets, the first of which signs.
    mutating func signingKeys(_ state: StateDirectory, requiredBy database: DatabaseSettings?) -> SigningKeys? {
        guard let text = text(.secret) else {
            if case .mariadb = database {
                refuse(.secret, "is required with a mariadb: database; make one with: openssl rand -hex 32")
                return nil
            }
            return generatedKeys(state)
        }
        let keys = text.split(separator: ",").map { Self.secretBytes($0.trimmingCharacters(in: .whitespaces)) }
            .map { $0.flatMap(SigningKey.init(secret:)) }
        let usable = keys.compactMap { $0 }
        guard usable.count == keys.count, let signingKeys = SigningKeys(usable) else {
            let problem =
                "must be 1 to \(SigningKeys.maximumCount) secrets with commas between them, each at least "
                + "\(SigningKey.minimumByteCount) bytes in hex or base64; make one with: openssl rand -hex 32"
            refuse(.secret, problem)
            return nil
        }
        return signingKeys
    }

    private mutating func generatedKeys(_ state: StateDirectory) -> SigningKeys? {
        if isLookingOnly, !FileManager.default.fileExists(atPath: state.file("secret")) {
            // Stands for the one that the first start will make; nothing is signed with it.
            return SigningKey(secret: SecureRandom().bytes(count: 32)).flatMap { SigningKeys([$0]) }
        }
        do {
            let secret = Self.secretBytes(try state.generatedSecret())
            if let key = secret.flatMap(SigningKey.init(secret:)), let keys = SigningKeys([key]) { return keys }
            refuse(
                .secret,
                "the one in \(state.file("secret")) is damaged; restore it, or remove it and all pending codes die"
            )
        } catch is StateDirectory.ReadableByOthers {
            refuse(
                .secret,
                "the one in \(state.file("secret")) can be read by others; run: chmod 600 \(state.file("secret"))"
            )
        } catch {
            // Not checkPlaces' business any more: it holds its tongue about a directory of which something was said.
            refuse(
                .stateDirectory,
                Place(path: state.path).problemAsDirectory ?? "cannot keep a secret in \(state.path): \(error)"
            )
        }
        return nil
    }

    /// Hexadecimal if it can be, else base64 with or without padding, in either alphabet.
    private static func secretBytes(_ text: String) -> [UInt8]? {
        if let bytes = Hexadecimal.decode(text) { return bytes }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map(Array.init)
    }
}
