// What can be found out without asking anybody: the settings' own warnings, templates, the secret, the socket.

import Cryptography
import Foundation
import Mail
import Signup
import Wire

extension CheckReport.Section {
    /// Mistakes refuse a start, warnings do not.
    static func configuration(_ mistakes: [ConfigurationMistake], _ warnings: [String]) -> CheckReport.Section {
        let findings =
            mistakes.map { CheckFinding.fault($0.variable, $0.problem, "mend it: with this nothing starts") }
            + warnings.map { CheckFinding.advice("warning", $0, "mend it, or live with it") }
        return CheckReport.Section(
            title: "Configuration",
            findings: findings.isEmpty ? [.good("settings", "all understood")] : findings
        )
    }

    static func mails(_ settings: Settings) -> CheckReport.Section {
        let locales = settings.words.templates.locales.joined(separator: ", ")
        return CheckReport.Section(title: "Templates", findings: [.good("languages", "\(locales), all complete")])
    }

    /// - Parameter isGenerated: no secret is set, so that it lives in the state directory.
    static func secrets(_ settings: Settings, isGenerated: Bool) -> CheckReport.Section {
        let state = settings.stateDirectory
        var findings: [CheckFinding] = [.good("count", "\(settings.keys.all.count); the first signs, all verify")]
        if isGenerated {
            let path = state.file("secret")
            let isThere = FileManager.default.fileExists(atPath: path)
            // One that others can read was refused with the settings.
            findings.append(.good("file", isThere ? "\(path), for its owner only" : "the first start makes \(path)"))
        }
        if let mode = FileMode(state.path) {
            findings.append(
                mode.bits & 0o077 == 0
                    ? .good("state directory", "\(state.path), mode \(mode)")
                    : .advice("state directory", "\(state.path), mode \(mode)", "chmod 700 \(state.path)")
            )
        }
        return CheckReport.Section(title: "Secrets", findings: findings)
    }

    static func socket(_ settings: Settings) -> CheckReport.Section {
        CheckReport.Section(title: "Socket", findings: socketFindings(settings))
    }

    private static func socketFindings(_ settings: Settings) -> [CheckFinding] {
        let path = settings.socketPath
        guard let mode = FileMode(path) else {
            let problem = Place(path: path).problemAsSocket(settings.stateDirectory)
            return [
                problem.map { .fault("path", $0, "mend it, or set SIGNUPD_SOCKET") }
                    ?? .good("path", "\(path), not served now")
            ]
        }
        guard mode.isSocket else {
            return [.fault("path", "\(path) is there and is no socket", "move it away, or set SIGNUPD_SOCKET")]
        }
        let isOpenToAll = mode.bits & 0o002 != 0
        return [
            isOpenToAll
                ? .advice("mode", "\(path), mode \(mode)", "chmod 660 \(path): every user here may sign people up")
                : .good("mode", "\(path), mode \(mode)"), served(path),
        ]
    }

    private static func served(_ path: String) -> CheckFinding {
        do throws(CallFailure) {
            let line = RequestWriter.line(id: .integer(1), method: "service.ping")
            let reply = try SocketCall(path: path, timeoutSeconds: 2).exchange(line)
            switch reply.outcome {
            case .success: return .good("server", "answers")
            case .failure(let error): return .good("server", "answers others; to this user it says: \(error.message)")
            }
        } catch .notServed {
            return .good("server", "none now; the next start takes the socket over")
        } catch .notAllowed {
            return .advice("server", "this user may not open the socket", "run this as root or as the service's user")
        } catch {
            return .fault("server", "\(error)", "see its log; restart it")
        }
    }
}

/// The type and permissions of a file.
private struct FileMode: CustomStringConvertible {
    let bits: mode_t
    let isSocket: Bool

    /// `nil` if it is not there, or out of our sight.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        bits = status.st_mode & 0o7777
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
    }

    var description: String { "0" + String(bits, radix: 8) }
}
