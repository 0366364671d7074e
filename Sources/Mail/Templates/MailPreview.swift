// A mail as it would leave, for an operator to look at. Nothing is sent.

public import Signup

/// One mail to look at, from a real mailbox to nobody in particular.
public struct MailPreview: Sendable {
    public let content: MailContent
    private let message: OutgoingMessage

    public init(
        _ template: MailTemplate,
        in locale: String?,
        templates: MailTemplates,
        from: Mailbox,
        lifetime: Duration,
        date: Timestamp
    ) throws(MailFailure) {
        guard let code = VerificationCode(typed: "K7M2XQ"), let recipient = try? EmailAddress("mira@example.org") else {
            preconditionFailure("both are literals that keep the rules")
        }
        let shown = template.carriesCode ? code : nil
        content = TemplateComposer(templates).compose(template, code: shown, locale: locale, lifetime: lifetime)
        let mail = MailMessage(
            recipient: recipient,
            content: content,
            messageIDLocalPart: "preview.\(template.rawValue).1",
            date: date
        )
        message = try OutgoingMessage(mail, from: from, messageIDDomain: from.domain)
    }

    /// Name and value of each header, folds taken out, encoded words as they are.
    public var headers: [(name: String, value: String)] {
        message.fields.map { ($0.name, $0.value.replacing("\r\n", with: "")) }
    }

    /// The whole message, as a Maildir would hold it.
    public var bytes: [UInt8] { MessageFile.bytes(of: message) }
}
