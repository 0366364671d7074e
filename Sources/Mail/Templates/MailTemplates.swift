// The words of every mail in every language: looked up by a locale, checked before the first mail is written.

public import Signup

/// The three texts of a mail, in Mustache. Those of a mail that carries a code may name `{{code}}` and `{{lifetime}}`.
public struct MailTemplateSource: Sendable, Equatable {
    /// One line of plain text.
    public let subject: String
    /// Plain text.
    public let text: String
    /// HTML; what is put in is escaped.
    public let html: String

    public init(subject: String, text: String, html: String) {
        self.subject = subject
        self.text = text
        self.html = html
    }
}

/// What a language brings: its mails, and how it says how long something lasts.
public struct MailLanguage: Sendable {
    public let templates: [MailTemplate: MailTemplateSource]
    /// Such as "1 hour" for 3600 s.
    public let lifetime: @Sendable (Duration) -> String

    public init(templates: [MailTemplate: MailTemplateSource], lifetime: @escaping @Sendable (Duration) -> String) {
        self.templates = templates
        self.lifetime = lifetime
    }
}

/// All languages, parsed and checked.
public struct MailTemplates: Sendable {
    /// A template that would not say what it should.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        /// The language's tag.
        public let locale: String
        public let template: MailTemplate
        /// What to mend.
        public let hint: String

        public var description: String { "\(template.rawValue) in \(locale): \(hint)" }
    }

    private let languages: [String: ParsedLanguage]
    private let fallback: ParsedLanguage

    /// Parses and tries every template.
    ///
    /// - Parameters:
    ///   - languages: by BCP 47 tag (`en`, `pt-BR`); each has every template.
    ///   - defaultLocale: one of the tags: what everybody else reads.
    public init(_ languages: [String: MailLanguage], defaultLocale: String) throws(Invalid) {
        var parsed: [String: ParsedLanguage] = [:]
        for (tag, language) in languages {
            parsed[Self.normalize(tag)] = try ParsedLanguage(language, locale: tag)
        }
        guard let fallback = parsed[Self.normalize(defaultLocale)] else {
            throw Invalid(locale: defaultLocale, template: .verifyEmail, hint: "the default language has no templates")
        }
        self.languages = parsed
        self.fallback = fallback
    }

    /// `ko-KR`, else `ko`, else the default.
    func language(for locale: String?) -> ParsedLanguage {
        guard let locale else { return fallback }
        var subtags = Self.normalize(locale).split(separator: "-")
        while !subtags.isEmpty {
            if let language = languages[subtags.joined(separator: "-")] { return language }
            subtags.removeLast()
        }
        return fallback
    }

    /// Tags compare without case; `ko_KR` is how POSIX writes them.
    private static func normalize(_ tag: String) -> String {
        tag.lowercased().replacing("_", with: "-")
    }
}
