// One place where settings are written: the flags, the environment (with systemd's credentials), or the config file.

import Configuration
import Foundation

/// Where a setting was found.
enum SettingOrigin: Equatable, CustomStringConvertible {
    case flag
    case environment
    /// The file of `--config`.
    case configFile(String)
    /// A file that holds nothing but this: `NAME_FILE` names it, or systemd put it where credentials are.
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

/// What a source says of a setting.
enum SettingPlace {
    case text(String, SettingOrigin)
    /// A file that holds it; `variable` is what to call it when something is wrong with it.
    case file(String, namedBy: String)
}

/// A source of settings. An empty text in it says nothing.
struct SettingSource {
    private let origin: SettingOrigin
    private let reader: ConfigReader
    /// Where systemd put the credentials of our unit, if it did.
    private let credentialsDirectory: String?

    init(_ origin: SettingOrigin, _ provider: some ConfigProvider, credentialsDirectory: String? = nil) {
        self.origin = origin
        self.credentialsDirectory = credentialsDirectory.flatMap { $0.isEmpty ? nil : $0 }
        reader = ConfigReader(provider: provider)
    }

    /// Every place in it that has the setting. More than one is a mistake: nobody can tell which is meant.
    func places(of setting: Setting) -> [SettingPlace] {
        guard setting.isSecret else { return text(of: setting).map { [.text($0, origin)] } ?? [] }
        return [
            text(of: setting).map { .text($0, origin) },
            text(setting.keyComponents + ["file"], isSecret: false).map { .file($0, namedBy: setting.fileVariable) },
            credential(setting).map { .file($0, namedBy: "the credential " + setting.rawValue) },
        ].compactMap(\.self)
    }

    /// What it says itself, and not by a file.
    func text(of setting: Setting) -> String? {
        text(setting.keyComponents, isSecret: setting.isSecret)
    }

    private func text(_ key: [String], isSecret: Bool) -> String? {
        guard let text = reader.string(forKey: ConfigKey(key), isSecret: isSecret), !text.isEmpty else { return nil }
        return text
    }

    /// The file of a credential that has the setting's name.
    private func credential(_ setting: Setting) -> String? {
        guard let path = credentialsDirectory.map({ $0 + "/" + setting.rawValue }),
            FileManager.default.fileExists(atPath: path)
        else { return nil }
        return path
    }
}
