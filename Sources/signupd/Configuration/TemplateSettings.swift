// Which words the mails have: languages, the operator's own templates, the subject.

import Mail

extension SettingsReader {
    /// All templates, parsed; `nil` if any is wrong. Each mistake names its file and line.
    mutating func mailTemplates() -> MailTemplates? {
        var configuration = TemplateConfiguration()
        configuration.directory = text(.templates)
        configuration.defaultLocale = text(.mailLocale) ?? configuration.defaultLocale
        configuration.codeInSubject = flag(.mailCodeInSubject, default: configuration.codeInSubject)
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
