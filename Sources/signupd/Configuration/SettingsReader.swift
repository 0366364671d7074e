// Where a setting's text comes from: flags, the environment, the config file. Mistakes are collected, not thrown.

import Configuration
import Foundation
import SystemPackage

/// Looks settings up in order of precedence and remembers what was wrong with them.
struct SettingsReader {
    /// A file given by `NAME_FILE` is a secret of a line or two.
    private static let secretFileByteLimit = 16_384

    private let reader: ConfigReader
    /// Where systemd put the credentials of our unit, if it did.
    private let credentialsDirectory: String?
    private(set) var mistakes: [ConfigurationMistake] = []
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - flags: `NAME=VALUE` texts of `--set`; the `SIGNUPD_` may be left out.
    ///   - environment: the process environment.
    ///   - configFile: a file of `NAME=VALUE` lines, as for systemd's EnvironmentFile.
    init(flags: [String], environment: [String: String], configFile: String?) async {
        credentialsDirectory = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
        var providers: [any ConfigProvider] = []
        var flagMistakes: [ConfigurationMistake] = []
        providers.append(Self.flagProvider(flags, mistakes: &flagMistakes))
        providers.append(EnvironmentVariablesProvider(environmentVariables: environment))
        var fileProvider: EnvironmentVariablesProvider?
        if let configFile {
            do {
                let provider = try await EnvironmentVariablesProvider(environmentFilePath: FilePath(configFile))
                providers.append(provider)
                fileProvider = provider
            } catch {
                flagMistakes.append(
                    ConfigurationMistake(variable: "--config", problem: "cannot read \(configFile): \(error)")
                )
            }
        }
        reader = ConfigReader(providers: providers)
        mistakes = flagMistakes
        warnings = Self.unknownVariables(in: environment)
        if let configFile, let fileProvider { warnOfReadableSecrets(in: configFile, fileProvider) }
    }

    private static func flagProvider(
        _ flags: [String],
        mistakes: inout [ConfigurationMistake]
    ) -> InMemoryProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for flag in flags {
            let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].uppercased().replacing("-", with: "_")
            guard parts.count == 2, let setting = Setting(rawValue: name) ?? Setting(rawValue: "SIGNUPD_" + name) else {
                mistakes.append(
                    ConfigurationMistake(
                        variable: "--set \(name.prefix { $0.isLetter || $0 == "_" })",
                        problem: "is no setting; say NAME=VALUE"
                    )
                )
                continue
            }
            if setting.isSecret {
                let problem =
                    "may hold a secret, and flags are visible to everyone; use \(setting.rawValue) or its _FILE"
                mistakes.append(ConfigurationMistake(variable: "--set \(parts[0])", problem: problem))
                continue
            }
            let key = AbsoluteConfigKey(setting.keyComponents, context: [:])
            values[key] = ConfigValue(.string(String(parts[1])), isSecret: false)
        }
        return InMemoryProvider(name: "flags", values: values)
    }

    /// Variables that look like ours and are not: most likely a slip of the pen.
    private static func unknownVariables(in environment: [String: String]) -> [String] {
        environment.keys.sorted().filter { name in
            guard name.hasPrefix("SIGNUPD_") else { return false }
            return !Setting.allCases.contains { $0.rawValue == name || ($0.isSecret && $0.fileVariable == name) }
        }.map { "\($0) is no setting of signupd and is ignored" }
    }

    /// Records what is wrong with a setting's value.
    mutating func refuse(_ setting: Setting, _ problem: String) {
        mistakes.append(ConfigurationMistake(variable: setting.rawValue, problem: problem))
    }

    mutating func warn(_ warning: String) {
        warnings.append(warning)
    }

    /// The setting's text, from wherever it comes first; `nil` when it is nowhere or empty.
    mutating func text(_ setting: Setting) -> String? {
        let value = reader.string(forKey: ConfigKey(setting.keyComponents), isSecret: setting.isSecret)
        guard setting.isSecret else { return value.flatMap { $0.isEmpty ? nil : $0 } }
        let file = reader.string(forKey: ConfigKey(setting.keyComponents + ["file"]))
        let places = [
            value.flatMap { $0.isEmpty ? nil : SecretPlace.given($0) },
            file.flatMap { $0.isEmpty ? nil : SecretPlace.file($0, namedBy: setting.fileVariable) },
            credential(setting).map { SecretPlace.file($0, namedBy: "the credential " + setting.rawValue) },
        ].compactMap(\.self)
        guard places.count < 2 else {
            refuse(
                setting,
                "is given more than once (itself, \(setting.fileVariable), a credential of systemd); keep one"
            )
            return nil
        }
        switch places.first {
        case .given(let text): return text
        case .file(let path, let variable): return secretFile(path, namedBy: variable)
        case nil: return nil
        }
    }

    private enum SecretPlace {
        case given(String)
        case file(String, namedBy: String)
    }

    /// The file of a credential that has the setting's name.
    private func credential(_ setting: Setting) -> String? {
        guard let path = credentialsDirectory.map({ $0 + "/" + setting.rawValue }),
            FileManager.default.fileExists(atPath: path)
        else { return nil }
        return path
    }

    private mutating func secretFile(_ path: String, namedBy variable: String) -> String? {
        func refuse(_ problem: String) {
            mistakes.append(ConfigurationMistake(variable: variable, problem: problem))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            refuse("cannot read the file it names, \(path)")
            return nil
        }
        guard data.count <= Self.secretFileByteLimit else {
            refuse("names a file of more than \(Self.secretFileByteLimit) bytes, \(path)")
            return nil
        }
        // Orchestrators mount secrets like this, so it is a warning only.
        if Self.isReadableByOthers(path) { warnOfReaders(path, variable) }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty {
            refuse("names an empty file, \(path)")
            return nil
        }
        return text
    }

    /// A file of settings is nobody's concern until one of them is a secret.
    private mutating func warnOfReadableSecrets(in path: String, _ provider: any ConfigProvider) {
        guard Self.isReadableByOthers(path) else { return }
        let reader = ConfigReader(provider: provider)
        for setting in Setting.allCases where setting.isSecret {
            let value = reader.string(forKey: ConfigKey(setting.keyComponents), isSecret: true)
            if value?.isEmpty == false { warnOfReaders(path, setting.rawValue) }
        }
    }

    private mutating func warnOfReaders(_ path: String, _ variable: String) {
        warn("\(variable): \(path) can be read by every user of this machine; run: chmod o-r \(path)")
    }

    private static func isReadableByOthers(_ path: String) -> Bool {
        // The file behind a link: a link's own mode is always wide open.
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }

    /// A whole number in a range.
    mutating func integer(_ setting: Setting, default standard: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = text(setting) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            refuse(setting, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return number
    }

    /// Seconds in a range; fractions are allowed, for tests that compress time.
    mutating func seconds(_ setting: Setting, default standard: Duration, in range: ClosedRange<Double>) -> Duration {
        guard let text = text(setting) else { return standard }
        guard let number = Double(text), range.contains(number) else {
            refuse(setting, "must be a number of seconds from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return .milliseconds(Int64((number * 1000).rounded()))
    }
}
