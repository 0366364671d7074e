// signupd mark ADDRESS: how the log calls an address, so that an operator finds somebody's lines.

import ArgumentParser
import Foundation
import Signup

struct MarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Prints the mark that stands for an address in the log.",
        discussion: """
            Request lines hold email=MARK and never the address. The mark is a keyed hash: it needs the secret of the server, \
            and changes with it; every secret in SIGNUPD_SECRET makes a line here.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "An e-mail address.")
    var address: String

    func run() async throws {
        let keys = try signingKeys()
        do throws(EmailAddress.Invalid) {
            let identity = try EmailAddress(address).identity
            for key in keys.all { print(key.mark(of: identity)) }
        } catch {
            throw refusal("signupd: \(error.hint)\n", .errorReplies)
        }
    }

    /// The server's: a secret made here would give a mark that is in nobody's log.
    private func signingKeys() throws -> SigningKeys {
        hardenProcess()
        let environment = ProcessInfo.processInfo.environment
        var reader = SettingsReader(flags: settings.flags, environment: environment, configFile: settings.config)
        let state = StateDirectory(reader.text(.stateDirectory), environment: environment)
        let file = state.file("secret")
        if reader.text(.secret) == nil, reader.mistakes.isEmpty, !FileManager.default.fileExists(atPath: file) {
            reader.refuse(.secret, "is not set, and there is no \(file); give the server's settings, such as --config")
        }
        guard reader.mistakes.isEmpty, let keys = reader.signingKeys(state, requiredBy: nil) else {
            throw refusal(reader.refusals.description, .configuration)
        }
        return keys
    }
}
