// The URLs and secrets of an operator. What is refused is refused without a word of it, and what is accepted is never shown with its password.

import Mail
import MariaDBStore
import RedisStore
import Signup

@testable import signupd

extension FuzzTarget {
    /// The first byte chooses the setting; each 0x01 of the rest stands for a password that no message may repeat.
    static let settings = FuzzTarget("settings") { input in
        guard let first = input.first else { return }
        let password = "Zq7hunter2Zq7"
        let text = input.dropFirst().flatMap { $0 == 1 ? Array(password.utf8) : [$0] }
        let setting = [Setting.databaseURL, .redisURL, .smtpURL, .secret, .mailFrom][Int(first) % 5]
        let value = String(decoding: text, as: UTF8.self)
        let environment = [setting.rawValue: value]
        let (mistakes, shown) = wait {
            var reader = SettingsReader(flags: [], environment: environment, configFile: nil)
            let shown = read(&reader)
            return (ConfigurationMistakes(mistakes: reader.mistakes).description, shown)
        }
        hold(!mistakes.contains(password), "no message repeats a password")
        checkURL(value, password: password, shown: shown)
    }

    private static func read(_ reader: inout SettingsReader) -> String {
        let state = StateDirectory("/nonexistent", environment: [:])
        var shown = ""
        let database = reader.database(state, authorityFile: nil)
        if case .mariadb(let configuration)? = database {
            shown += "\(configuration) \(String(reflecting: configuration))"
        }
        if let redis = reader.redis(requiredBy: nil) { shown += "\(redis) \(String(reflecting: redis))" }
        let mail = reader.mail(state, requiredBy: nil, courier: CourierPolicy(), authorityFile: nil)
        if case .smtp(let configuration)? = mail { shown += "\(configuration) \(String(reflecting: configuration))" }
        // Without a secret one would be made.
        if let keys = reader.text(.secret) == nil ? nil : reader.signingKeys(state, requiredBy: nil) {
            hold((1...SigningKeys.maximumCount).contains(keys.all.count), "1 to 8 secrets")
        }
        return shown
    }

    private static func checkURL(_ text: String, password: String, shown: String) {
        let schemes = ConnectionURL.databases + ConnectionURL.redis + ConnectionURL.mails
        guard let url = try? ConnectionURL(text, schemes: schemes) else { return }
        hold(url.port.map { (1...65_535).contains($0) } ?? true, "a port is one")
        for part in [url.user, url.password, url.host, url.path].compactMap(\.self) + Array(url.parameters.values) {
            hold(!part.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "no control character gets in")
        }
        // Where it stands in another part too, such as the host, that part is shown.
        guard let secret = url.password, secret.contains(password), text.ranges(of: password).count == 1 else { return }
        hold(!"\(url) \(String(reflecting: url))".contains(password), "a URL is shown without its password")
        hold(!shown.contains(password), "and so is what is made of it")
    }
}
