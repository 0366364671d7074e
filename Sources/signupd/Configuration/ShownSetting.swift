// A setting as `signupd check` shows it: its value with every secret masked, and where that came from.

/// One row of the settings' table.
struct ShownSetting: Sendable {
    let setting: Setting
    let value: String
    let origin: SettingOrigin
}

extension SettingsReader {
    /// Every setting there is. Says nothing new about what is wrong.
    func shownSettings() -> [ShownSetting] {
        Setting.allCases.map { setting in
            // A copy: reading a secret's file notes its mistakes, and they have been noted.
            var reader = self
            let value = reader.text(setting).map { Self.masked($0, of: setting) }
            return ShownSetting(setting: setting, value: value ?? setting.defaultText, origin: origin(of: setting))
        }
    }

    private static func masked(_ text: String, of setting: Setting) -> String {
        switch setting {
        case .secret:
            let count = text.split(separator: ",").count
            return count == 1 ? "(hidden)" : "(hidden, \(count) of them)"
        case .databaseURL, .redisURL, .smtpURL: return ConnectionURL.masked(text)
        default: return setting.isSecret ? "(hidden)" : text
        }
    }
}

extension ConnectionURL {
    /// The URL with `***` for its password; nothing of it if it is not understood.
    static func masked(_ text: String) -> String {
        do throws(Malformed) {
            let url = try ConnectionURL(text, schemes: databases + redis + mails)
            let login = [url.user, url.password.map { _ in "***" }].compactMap { $0 }.joined(separator: ":")
            let password = url.user == nil && url.password != nil ? ":***@" : login.isEmpty ? "" : login + "@"
            let host = url.host.map { $0.contains(":") ? "[\($0)]" : $0 }
            let place = host.map { "//\(password)\($0)" + (url.port.map { ":\($0)" } ?? "") } ?? ""
            let path = url.host != nil && !url.path.isEmpty ? "/" + url.path : url.path
            let parameters = url.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let query = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
            return "\(url.scheme):\(place)\(path)\(query)"
        } catch {
            return "(hidden, and not understood)"
        }
    }
}
