// What every start has in common: settings read, the process made safe, the log begun, failures told in one way.

import ArgumentParser
internal import CProcess
import Foundation
import Logging
import Signup

/// Loads the settings, or says all that is wrong with them and exits 78.
func loadSettings(_ options: SettingsOptions, makesSocket: Bool = false) throws -> Settings {
    hardenProcess()
    do {
        return try Settings.load(options, makesSocket: makesSocket)
    } catch let mistakes as ConfigurationMistakes {
        throw refusal(mistakes.description, .configuration)
    }
}

/// A logger to standard error, so that standard output is protocol only; warnings of the configuration come first.
func startLogging(_ settings: Settings) -> Logger {
    let (format, level) = (settings.logFormat, settings.logLevel)
    LoggingSystem.bootstrap { _ in LineLogHandler(format: format, level: level, writer: .standardError) }
    let logger = Logger(label: "signupd")
    for warning in settings.warnings { logger.warning("\(warning)") }
    return logger
}

/// Wires the parts, or says which could not be opened.
func openApplication(
    _ settings: Settings,
    remembersOwedMail: Bool,
    operators: Operators = Operators(),
    requestLog: RequestLog?,
    logger: Logger
) throws -> Application {
    do {
        return try Application(
            settings,
            remembersOwedMail: remembersOwedMail,
            operators: operators,
            requestLog: requestLog,
            logger: logger
        )
    } catch let failure as BackendFailure {
        throw refusal("signupd: \(failure)\n", failure.isRetryable ? .unavailable : .configuration)
    } catch let failure as MailFailure {
        throw refusal("signupd: \(Setting.smtpURL.rawValue): \(failure)\n", .configuration)
    }
}

/// Says why on standard error and ends with the status.
func refusal(_ text: String, _ status: ExitStatus) -> ExitCode {
    tell(text)
    return ExitCode(status.rawValue)
}

/// Writes to standard error. One that takes nothing, or that nobody reads any more, is no reason to die of: the exit status says what
/// there is to say.
func tell(_ text: String) {
    signal(SIGPIPE, SIG_IGN)
    LogWriter.standardError.write(Array(text.utf8))
}

/// No core dump may hold a password, no other process of our user may look into this one, and a peer that closes its end is
/// no reason to die. (The first two cannot fail: a lower limit and less to see are never refused.)
func hardenProcess() {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    _ = signupd_forbid_dumping()
    signal(SIGPIPE, SIG_IGN)
}
