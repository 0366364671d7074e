// Where a setting's text comes from: flags, the environment, the config file. Mistakes are collected, not thrown.

import Configuration
import Foundation
import SystemPackage

/// Looks settings up in order of precedence and remembers what was wrong with them.
struct SettingsReader {
    /// A file given by `NAME_FILE` is a secret of a line or two.
    private static let secretFileByteLimit = 16_384

    /// One for each source, the first before the second: an empty text in one hides nothing in the next.
    private let sources: [(origin: SettingOrigin, reader: ConfigReader)]
    /// `signupd check` looks only: what a start would make is then not made.
    var isLookingOnly = false
    private(set) var mistakes: [ConfigurationMistake] = []
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - flags: `NAME=VALUE` texts of `--set`; the `SIGNUPD_` may be left out.
    ///   - environment: the process environment.
    ///   - configFile: a file of `NAME=VALUE` lines, as for systemd's EnvironmentFile.
    init(flags: [String], environment: [String: String], configFile: String?) async {
        var flagMistakes: [ConfigurationMistake] = []
        let flagProvider = Self.flagProvider(flags, mistakes: &flagMistakes)
        let environmentProvider = EnvironmentVariablesProvider(environmentVariables: environment)
        var sources: [(SettingOrigin, ConfigReader)] = [
            (.flag, ConfigReader(provider: flagProvider)), (.environment, ConfigReader(provider: environmentProvider)),
        ]
        if let configFile {
            do {
                let provider = try await EnvironmentVariablesProvider(environmentFilePath: FilePath(configFile))
                sources.append((.configFile(configFile), ConfigReader(provider: provider)))
            } catch {
                flagMistakes.append(
                    ConfigurationMistake(variable: "--config", problem: "cannot read \(configFile): \(error)")
                )
            }
        }
        self.sources = sources
        mistakes = flagMistakes
        warnings = Self.unknownVariables(in: environment) + Self.unknownNames(inFile: configFile)
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

    /// Every unknown name: unlike an environment, the file was written for us. One that cannot be read is a mistake already.
    private static func unknownNames(inFile path: String?) -> [String] {
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            // Of a line without "=", nothing is shown: it may be the rest of a secret.
            guard let end = line.firstIndex(of: "=") else { return "\(path) has a line that is no NAME=VALUE" }
            let name = line[..<end].trimmingCharacters(in: .whitespaces)
            return isKnown(name) ? nil : "\(name) in \(path) is no setting of signupd and is ignored"
        }
    }

    private static func isKnown(_ name: String) -> Bool {
        Setting.allCases.contains { $0.rawValue == name || ($0.isSecret && $0.fileVariable == name) }
    }

    /// Records what is wrong with a setting's value.
    mutating func refuse(_ setting: Setting, _ problem: String) {
        mistakes.append(ConfigurationMistake(variable: setting.rawValue, problem: problem))
    }

    mutating func warn(_ warning: String) {
        warnings.append(warning)
    }

    /// The setting's text, from the first source that has one; `nil` when it is nowhere, or empty everywhere.
    mutating func text(_ setting: Setting) -> String? {
        switch find(setting) {
        case .value(let text, _): return text
        case .file(let path): return secretFile(path, of: setting)
        case .both:
            refuse(setting, "is given twice, here and in \(setting.fileVariable); keep one")
            return nil
        case nil: return nil
        }
    }

    /// Where the setting's text comes from.
    func origin(of setting: Setting) -> SettingOrigin {
        switch find(setting) {
        case .value(_, let origin): origin
        case .file(let path): .secretFile(path)
        case .both, nil: .standard
        }
    }

    /// What one source has to say of a setting.
    private enum Finding {
        case value(String, SettingOrigin)
        /// The path of the file that holds it.
        case file(String)
        /// The value and a file: nobody can tell which is meant.
        case both
    }

    /// What the first source that has more than nothing to say says.
    private func find(_ setting: Setting) -> Finding? {
        for source in sources {
            let value = Self.text(setting.keyComponents, isSecret: setting.isSecret, in: source.reader)
            let file =
                setting.isSecret
                ? Self.text(setting.keyComponents + ["file"], isSecret: false, in: source.reader) : nil
            switch (value, file) {
            case (nil, nil): continue
            case (let value?, nil): return .value(value, source.origin)
            case (nil, let file?): return .file(file)
            case (.some, .some): return .both
            }
        }
        return nil
    }

    private static func text(_ key: [String], isSecret: Bool, in reader: ConfigReader) -> String? {
        guard let text = reader.string(forKey: ConfigKey(key), isSecret: isSecret), !text.isEmpty else { return nil }
        return text
    }

    private mutating func secretFile(_ path: String, of setting: Setting) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else {
            let problem = "cannot read the file it names, \(path)"
            mistakes.append(ConfigurationMistake(variable: setting.fileVariable, problem: problem))
            return nil
        }
        guard data.count <= Self.secretFileByteLimit else {
            let problem = "names a file of more than \(Self.secretFileByteLimit) bytes, \(path)"
            mistakes.append(ConfigurationMistake(variable: setting.fileVariable, problem: problem))
            return nil
        }
        warnIfReadableByOthers(path, setting)
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty {
            mistakes.append(
                ConfigurationMistake(variable: setting.fileVariable, problem: "names an empty file, \(path)")
            )
            return nil
        }
        return text
    }

    /// Orchestrators mount secrets like this, so it is a warning only.
    private mutating func warnIfReadableByOthers(_ path: String, _ setting: Setting) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = attributes[.posixPermissions] as? NSNumber
        else { return }
        if mode.intValue & 0o004 != 0 {
            warn("\(setting.fileVariable): \(path) can be read by every user of this machine")
        }
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

/// Where a setting was found.
enum SettingOrigin: Equatable, CustomStringConvertible {
    case flag
    case environment
    /// The file of `--config`.
    case configFile(String)
    /// The file that `NAME_FILE` names.
    case secretFile(String)
    /// Nowhere.
    case standard

    var description: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .configFile(let path), .secretFile(let path): path
        case .standard: "default"
        }
    }
}
