// The words of every mail in every language: the built-in ones and the operator's, checked before the first mail is written.

import Signup

/// Which templates to use, and how.
public struct TemplateConfiguration: Sendable {
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

    /// Reads and checks all of them, used or not.
    public init(_ configuration: TemplateConfiguration = TemplateConfiguration()) throws(Invalid) {
        var mistakes: [TemplateMistake] = []
        var mails = BuiltInTemplates.mails
        if let directory = configuration.directory {
            let own = TemplateDirectory.read(directory)
            mistakes += own.mistakes
            mails.merge(own.mails) { $1 }
            if own.mistakes.isEmpty {
                mistakes += Self.missing(from: own.mails, of: mails, in: directory, configuration.codeInSubject)
            }
        }
        var languages: [String: ParsedLanguage] = [:]
        for (name, files) in mails.sorted(by: { $0.key.fileName(.subject) < $1.key.fileName(.subject) }) {
            let mail = ParsedMail(name, files, codeInSubject: configuration.codeInSubject, mistakes: &mistakes)
            languages[name.locale, default: ParsedLanguage(name.locale)].mails[name.template] = mail
        }
        guard let fallback = languages[LanguageTag.normalize(configuration.defaultLocale)], mistakes.isEmpty else {
            if mistakes.isEmpty {
                mistakes.append(Self.noDefault(configuration.defaultLocale, languages.keys.sorted()))
            }
            throw Invalid(mistakes: mistakes)
        }
        self.languages = languages
        self.fallback = fallback
    }

    /// The languages there are, by tag, sorted.
    public var locales: [String] { languages.keys.sorted() }

    /// `ko-KR`, else `ko`, else the default.
    func language(for locale: String?) -> ParsedLanguage {
        guard let locale else { return fallback }
        var subtags = LanguageTag.normalize(locale).split(separator: "-")
        while !subtags.isEmpty {
            if let language = languages[subtags.joined(separator: "-")] { return language }
            subtags.removeLast()
        }
        return fallback
    }

    /// Parts that a mail in the directory lacks, and mails that a language in it lacks.
    private static func missing(
        from own: [MailName: [MailPart: TemplateFile]],
        of all: [MailName: [MailPart: TemplateFile]],
        in directory: String,
        _ codeInSubject: Bool
    ) -> [TemplateMistake] {
        var mistakes: [TemplateMistake] = []
        for locale in Set(own.keys.map(\.locale)).sorted() {
            for template in MailTemplate.allCases {
                let name = MailName(template: template, locale: locale)
                let files = all[name] ?? [:]
                for part in MailPart.required(for: template, codeInSubject: codeInSubject) where files[part] == nil {
                    let problem = "is missing; this mail in this language needs it"
                    mistakes.append(TemplateMistake("\(directory)/\(name.fileName(part))", problem))
                }
            }
        }
        return mistakes
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

    func compose(_ template: MailTemplate, code: String, lifetime: Duration) -> MailContent {
        guard let mail = mails[template] else { preconditionFailure("init took no language without all of its mails") }
        // Rounded down, so that no code is promised to live longer than it does.
        let minutes = max(1, lifetime.secondsRoundedUp / 60)
        var values = ["code": code, "minutes": String(minutes)]
        values["lifetime"] = words?.text(lifetime)
        return mail.render(Variables(values: values))
    }
}
