// signupd mark ADDRESS: how the log calls an address, so that an operator finds somebody's lines.

import ArgumentParser
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
        let settings = try await loadSettings(settings)
        do throws(EmailAddress.Invalid) {
            let identity = try EmailAddress(address).identity
            for key in settings.keys.all { print(key.mark(of: identity)) }
        } catch {
            throw refusal("signupd: \(error.hint)\n", .errorReplies)
        }
    }
}
