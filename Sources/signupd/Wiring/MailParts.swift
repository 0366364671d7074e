// The transport and the composer, by the settings.

import Logging
import Mail
import Signup

/// Where mail goes, and who writes it.
struct MailParts: Sendable {
    let transport: any MailTransport
    let composer: any MailComposer
    let probe: HealthProbe
    private let end: @Sendable () -> Void

    init(_ settings: Settings, logger: Logger) throws {
        composer = TemplateComposer { [words = settings.words] in words.templates }
        switch settings.mail {
        case .smtp(let configuration):
            let smtp = try SMTPTransport(configuration, logger: logger)
            transport = smtp
            probe = HealthProbe(.smtp, transport: smtp)
            end = { smtp.shutDown() }
        case .maildir(let configuration):
            let maildir = try MaildirTransport(configuration, logger: logger)
            transport = maildir
            probe = HealthProbe(.maildir, transport: maildir)
            end = { maildir.shutDown() }
        }
    }

    func shutDown() {
        end()
    }
}
