// signupd mail preview: how the mails look that the present settings and templates make. Sends nothing, asks no backend.

import ArgumentParser
import Foundation
import Mail
import Signup

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "Shows the mails as they would leave.",
        subcommands: [Preview.self],
        defaultSubcommand: Preview.self
    )
}

extension MailCommand {
    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "preview",
            abstract: "Renders a mail to the terminal, or to files.",
            discussion: """
                Checks every template on the way: a wrong one is refused with its file and line, exit status 78. With \
                --output the whole message (.eml), its text (.txt) and its HTML (.html) go into a directory.
                """
        )

        @OptionGroup var settings: SettingsOptions

        @Option(
            help: ArgumentHelp(
                "The language to show, such as ko or ko-KR. Default: SIGNUPD_MAIL_LOCALE.",
                valueName: "tag"
            )
        )
        var locale: String?

        @Option(help: "The mail to show. Default: all of them.", transform: mailTemplate)
        var template: MailTemplate?

        @Option(
            help: ArgumentHelp("Write files into this directory; it is made if need be.", valueName: "directory"),
            completion: .directory
        )
        var output: String?

        func run() async throws {
            let previews = try render()
            for preview in previews {
                if let output { try write(preview, to: output) } else { show(preview) }
            }
        }

        private func render() throws -> [(name: String, mail: MailPreview)] {
            var reader = SettingsReader(
                flags: settings.flags,
                environment: ProcessInfo.processInfo.environment,
                configFile: settings.config
            )
            let from = reader.mailbox()
            let lifetime = reader.seconds(.codeLifetimeSeconds, default: SignupPolicy().codeLifetime, in: 1...604_800)
            let templates = reader.mailTemplates()
            guard reader.mistakes.isEmpty, let from, let templates else {
                throw refusal(reader.refusals.description, .configuration)
            }
            return try (template.map { [$0] } ?? MailTemplate.allCases).map { template in
                let mail = try MailPreview(
                    template,
                    in: locale,
                    templates: templates,
                    from: from,
                    lifetime: lifetime,
                    date: WallClock.system.now()
                )
                return (template.rawValue + (locale.map { ".\($0)" } ?? ""), mail)
            }
        }

        private func show(_ preview: (name: String, mail: MailPreview)) {
            for header in preview.mail.headers {
                print("\(header.name): \(header.name == "Subject" ? preview.mail.content.subject : header.value)")
            }
            print("\n\(preview.mail.content.text)")
        }

        private func write(_ preview: (name: String, mail: MailPreview), to directory: String) throws {
            let files = [
                ("eml", preview.mail.bytes), ("txt", Array(preview.mail.content.text.utf8)),
                ("html", Array(preview.mail.content.html.utf8)),
            ]
            do {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                for (suffix, bytes) in files {
                    let path = "\(directory)/\(preview.name).\(suffix)"
                    try Data(bytes).write(to: URL(fileURLWithPath: path))
                    print(path)
                }
            } catch {
                throw refusal("signupd: cannot write to \(directory): \(error.localizedDescription)\n", .outputLost)
            }
        }
    }
}

private func mailTemplate(_ text: String) throws -> MailTemplate {
    guard let template = MailTemplate(rawValue: text) else {
        throw ValidationError("the mails are \(MailTemplate.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return template
}
