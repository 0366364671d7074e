// The words of every mail in every language: the built-in ones and the operator's, checked before the first mail is written.

import Signup

/// Which templates to use, and how.
public struct TemplateConfiguration: Sendable, Equatable {
    /// A directory whose mails come before the built-in ones; `nil` for none.
    public var directory: String?
    /// What everybody reads whose language has no templates.
    public var defaultLocale = "en"
    /// Whether the code stands in the subject, where a locked phone shows it.
    public var codeInSubject = false

    public init() {}
}

/// All mails in all languages, parsed.
public struct MailTemplates: Sendable {
    /// Everything that is wrong with the templates.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        public let mistakes: [TemplateMistake]

        public var description: String { mistakes.map(\.description).joined(separator: "\n") }
    }

    private let languages: [String: ParsedLanguage]
    private let fallback: ParsedLanguage

    /// The mails that come with signupd, used as they come; parsed once, when they are first asked for.
    public static let builtIn: MailTemplates = {
        do throws(Invalid) {
            return try MailTemplates()
        } catch {
            preconditionFailure("signupd's own templates are wrong: \(error)")
        }
    }()

    /// Reads and checks all of them, used or not.
    public init(_ configuration: TemplateConfiguration = TemplateConfiguration()) throws(Invalid) {
        var mistakes: [TemplateMistake] = []
        var mails = BuiltInTemplates.mails
        if let directory = configuration.directory {
            let own = TemplateDirectory.read(directory)
            mistakes += own.mistakes
            mails.merge(own.mails) { $1 }
            if own.mistakes.isEmpty { mistakes += Self.missing(from: own.mails, in: directory, configuration) }
        }
        var languages: [String: ParsedLanguage] = [:]
        for (name, files) in mails.sorted(by: { $0.key.fileName(.subject) < $1.key.fileName(.subject) }) {
            let mail = ParsedMail(name, files, codeInSubject: configuration.codeInSubject, mistakes: &mistakes)
            languages[name.locale, default: ParsedLanguage(name.locale)].mails[name.template] = mail
        }
        let defaultLocale = LanguageTag.normalize(configuration.defaultLocale)
        guard let fallback = languages[defaultLocale], mistakes.isEmpty else {
            if mistakes.isEmpty { mistakes.append(Self.noDefault(defaultLocale, languages.keys.sorted())) }
            throw Invalid(mistakes: mistakes)
        }
        // Others read a mail that their language lacks in this one.
        if let template = MailTemplate.allCases.first(where: { fallback.mails[$0] == nil }) {
            throw Invalid(mistakes: [Self.incompleteDefault(MailName(template: template, locale: defaultLocale))])
        }
        self.languages = languages
        self.fallback = fallback
    }

    /// The languages there are, by tag, sorted.
    public var locales: [String] { languages.keys.sorted() }

    /// `ko-KR`, else `ko`, else the default: the first that has the mail.
    func language(for locale: String?, having template: MailTemplate) -> ParsedLanguage {
        guard let locale else { return fallback }
        var subtags = LanguageTag.normalize(locale).split(separator: "-")
        while !subtags.isEmpty {
            if let language = languages[subtags.joined(separator: "-")], language.mails[template] != nil {
                return language
            }
            subtags.removeLast()
        }
        return fallback
    }

    /// Parts that a mail in the directory lacks.
    private static func missing(
        from own: [MailName: [MailPart: TemplateFile]],
        in directory: String,
        _ configuration: TemplateConfiguration
    ) -> [TemplateMistake] {
        own.flatMap { name, files in
            MailPart.required(for: name.template, codeInSubject: configuration.codeInSubject)
                .filter { files[$0] == nil }.map { name.fileName($0) }
        }.sorted().map { TemplateMistake("\(directory)/\($0)", "is missing; the other parts of this mail are there") }
    }

    private static func incompleteDefault(_ name: MailName) -> TemplateMistake {
        TemplateMistake("\(name.fileName(.subject))", "is missing; the default language needs every mail")
    }

    private static func noDefault(_ locale: String, _ known: [String]) -> TemplateMistake {
        TemplateMistake(
            "\(locale).*",
            "the default language has no templates; there are \(known.joined(separator: ", "))"
        )
    }
}

/// The mails of one language.
struct ParsedLanguage: Sendable {
    fileprivate(set) var mails: [MailTemplate: ParsedMail] = [:]
    private let words: LifetimeWords?

    fileprivate init(_ locale: String) {
        words = LifetimeWords.of(locale)
    }

    func compose(_ template: MailTemplate, code: String?, lifetime: Duration) -> MailContent {
        guard let mail = mails[template] else { preconditionFailure("asked of a language without this mail") }
        guard let code else { return mail.render(Variables(values: [:])) }
        return mail.render(code: code, lifetime: lifetime) {
            // Rounded down, so that no code is promised to live longer than it does.
            let minutes = max(1, lifetime.secondsRoundedUp / 60)
            var values = ["minutes": String(minutes)]
            values["lifetime"] = words?.text(lifetime)
            return values
        }
    }
}
