// The port's composer: a template, a code and a language make a mail.

public import Signup

public struct TemplateComposer: MailComposer {
    private let templates: @Sendable () -> MailTemplates

    public init(_ templates: MailTemplates) {
        self.init { templates }
    }

    /// Asks for the templates when a mail is to be written.
    public init(_ templates: @escaping @Sendable () -> MailTemplates) {
        self.templates = templates
    }

    public func compose(
        _ template: MailTemplate,
        code: VerificationCode?,
        locale: String?,
        lifetime: Duration
    ) -> MailContent {
        templates().language(for: locale, having: template).compose(template, code: code?.text, lifetime: lifetime)
    }
}
