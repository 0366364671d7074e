// Which words the mails have: languages, the operator's own templates, the subject.

import Mail

/// The templates of a start.
enum MailWords: Sendable {
    /// As they come with the program. Its tests prove them right, so that a start need not: they are parsed for the first mail.
    case builtIn
    /// As the operator wants them, and found right.
    case chosen(MailTemplates)

    var templates: MailTemplates {
        switch self {
        case .builtIn: .builtIn
        case .chosen(let templates): templates
        }
    }
}

extension SettingsReader {
    /// The words for the settings; `nil` if any template is wrong. Each mistake names its file and line.
    mutating func mailWords() -> MailWords? {
        let configuration = templateConfiguration()
        guard configuration != TemplateConfiguration() else { return .builtIn }
        return mailTemplates(configuration).map { .chosen($0) }
    }

    /// All templates, parsed; `nil` if any is wrong.
    mutating func mailTemplates() -> MailTemplates? {
        mailTemplates(templateConfiguration())
    }

    private mutating func templateConfiguration() -> TemplateConfiguration {
        var configuration = TemplateConfiguration()
        configuration.directory = text(.templates)
        configuration.defaultLocale = text(.mailLocale) ?? configuration.defaultLocale
        configuration.codeInSubject = flag(.mailCodeInSubject, default: configuration.codeInSubject)
        return configuration
    }

    private mutating func mailTemplates(_ configuration: TemplateConfiguration) -> MailTemplates? {
        do throws(MailTemplates.Invalid) {
            return try MailTemplates(configuration)
        } catch {
            // With no directory of the operator's only the default language can be wrong.
            let culprit: Setting = configuration.directory == nil ? .mailLocale : .templates
            for mistake in error.mistakes { refuse(culprit, mistake.description) }
            return nil
        }
    }
}
