// Where a setting's text comes from: flags, the environment, the config file. Mistakes are collected, not thrown.

import Configuration
import Foundation

/// Looks settings up in order of precedence and remembers what was wrong with them.
struct SettingsReader {
    /// The first before the second: an empty text in one hides nothing in the next.
    private let sources: [SettingSource]
    /// `signupd check` looks only: what a start would make is then not made.
    var isLookingOnly = false
    private(set) var mistakes: [ConfigurationMistake] = []
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - flags: `NAME=VALUE` texts of `--set`; the `SIGNUPD_` may be left out.
    ///   - environment: the process environment.
    ///   - configFile: the path of a `SettingsFile`.
    init(flags: [String], environment: [String: String], configFile: String?) {
        var flagMistakes: [ConfigurationMistake] = []
        let flagProvider = Self.flagProvider(flags, mistakes: &flagMistakes)
        let environmentProvider = EnvironmentVariablesProvider(environmentVariables: environment)
        var sources = [
            SettingSource(.flag, flagProvider),
            SettingSource(
                .environment,
                environmentProvider,
                credentialsDirectory: environment["CREDENTIALS_DIRECTORY"]
            ),
        ]
        warnings = Self.unknownVariables(in: environment)
        var fileSource: SettingSource?
        if let configFile {
            do throws(SettingsFile.Unusable) {
                let file = try SettingsFile(path: configFile)
                let provider = EnvironmentVariablesProvider(environmentVariables: file.values)
                fileSource = SettingSource(.configFile(configFile), provider)
                warnings += Self.unknownNames(in: file, configFile)
            } catch {
                flagMistakes.append(ConfigurationMistake(variable: "--config", problem: error.problem))
            }
        }
        if let fileSource { sources.append(fileSource) }
        self.sources = sources
        mistakes = flagMistakes
        if let configFile, let fileSource { warnOfReadableSecrets(in: configFile, fileSource) }
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
        environment.keys.sorted().filter { $0.hasPrefix("SIGNUPD_") && !isKnown($0) }
            .map { "\($0) is no setting of signupd and is ignored" }
    }

    /// Every unknown name: unlike an environment, the file was written for us.
    private static func unknownNames(in file: SettingsFile, _ path: String) -> [String] {
        file.oddLines.map { "line \($0) of \(path) is no NAME=VALUE and is ignored" }
            + file.names.filter { !isKnown($0) }.map { "\($0) in \(path) is no setting of signupd and is ignored" }
    }

    private static func isKnown(_ name: String) -> Bool {
        Setting.allCases.contains { $0.rawValue == name || ($0.isSecret && $0.fileVariable == name) }
    }

    /// Why a start is refused, once there are mistakes.
    var refusals: ConfigurationMistakes {
        ConfigurationMistakes(mistakes: mistakes, warnings: warnings)
    }

    /// Records what is wrong with a setting's value.
    mutating func refuse(_ setting: Setting, _ problem: String) {
        refuse(setting.rawValue, problem)
    }

    /// Records what is wrong with something that is called by another name than its setting.
    mutating func refuse(_ variable: String, _ problem: String) {
        mistakes.append(ConfigurationMistake(variable: variable, problem: problem))
    }

    mutating func warn(_ warning: String) {
        warnings.append(warning)
    }

    /// The setting's text, from the first source that has one; `nil` when it is nowhere, or empty everywhere.
    mutating func text(_ setting: Setting) -> String? {
        let places = firstPlaces(of: setting)
        guard places.count < 2 else {
            refuse(
                setting,
                "is given more than once (itself, \(setting.fileVariable), a credential of systemd); keep one"
            )
            return nil
        }
        switch places.first {
        case .text(let text, _): return text
        case .file(let path, let variable): return secretFile(path, namedBy: variable)
        case nil: return nil
        }
    }

    /// Where the setting's text comes from.
    func origin(of setting: Setting) -> SettingOrigin {
        switch firstPlaces(of: setting).first {
        case .text(_, let origin): origin
        case .file(let path, _): .secretFile(path)
        case nil: .standard
        }
    }

    /// The places in the first source that has the setting.
    private func firstPlaces(of setting: Setting) -> [SettingPlace] {
        sources.lazy.map { $0.places(of: setting) }.first { !$0.isEmpty } ?? []
    }

    /// One of a few words.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ setting: Setting,
        default standard: Choice
    ) -> Choice {
        guard let text = text(setting) else { return standard }
        if let choice = Choice(rawValue: text) { return choice }
        refuse(setting, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return standard
    }

    /// Yes or no, in the words people use for it.
    mutating func flag(_ setting: Setting, default standard: Bool) -> Bool {
        switch text(setting)?.lowercased() {
        case nil: return standard
        case "yes", "true", "on", "1": return true
        case "no", "false", "off", "0": return false
        default:
            refuse(setting, "must be yes or no")
            return standard
        }
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
