// One language's templates, parsed, and proven to render all that is given to them and to ask for nothing else.

import Mustache
import Signup

struct ParsedLanguage: Sendable {
    private let mails: [MailTemplate: ParsedMail]
    private let lifetime: @Sendable (Duration) -> String

    init(_ language: MailLanguage, locale: String) throws(MailTemplates.Invalid) {
        var mails: [MailTemplate: ParsedMail] = [:]
        for template in MailTemplate.allCases {
            do throws(ParsedMail.Defect) {
                guard let source = language.templates[template] else { throw .init(hint: "it is missing") }
                mails[template] = try ParsedMail(source, carriesCode: template.carriesCode)
            } catch {
                throw MailTemplates.Invalid(locale: locale, template: template, hint: error.hint)
            }
        }
        self.mails = mails
        lifetime = language.lifetime
    }

    func compose(_ template: MailTemplate, code: String?, lifetime: Duration) -> MailContent {
        guard let mail = mails[template] else { preconditionFailure("init took every template") }
        guard let code else { return mail.render(Variables(values: [:])) }
        return mail.render(Variables(values: ["code": code, "lifetime": self.lifetime(lifetime)]))
    }
}

/// The three parsed texts of a mail.
struct ParsedMail: Sendable {
    struct Defect: Error {
        let hint: String
    }

    private let subject: MustacheTemplate
    private let text: MustacheTemplate
    private let html: MustacheTemplate

    /// - Parameter carriesCode: whether it must name the code, or may name nothing at all.
    init(_ source: MailTemplateSource, carriesCode: Bool) throws(Defect) {
        let sample = carriesCode ? Self.sample : [:]
        let mustName: Set<String> = carriesCode ? ["code"] : []
        // Without the pragma Mustache escapes for HTML, in a subject and in plain text too.
        let plain = "{{% CONTENT_TYPE:TEXT}}"
        subject = try Self.parse(plain + source.subject, named: "subject", sample: sample, mustName: [])
        text = try Self.parse(plain + source.text, named: "text", sample: sample, mustName: mustName)
        html = try Self.parse(source.html, named: "html", sample: sample, mustName: mustName)
        let rendered = render(Variables(values: sample))
        guard !rendered.subject.isEmpty, !rendered.subject.unicodeScalars.contains(where: \.isControl) else {
            throw Defect(hint: "the subject is not one line of text")
        }
    }

    func render(_ variables: Variables) -> MailContent {
        MailContent(subject: subject.render(variables), text: text.render(variables), html: html.render(variables))
    }

    private static let sample = ["code": "K7M2XQ", "lifetime": "1 hour"]

    /// Mustache renders an unknown name as nothing: a typing mistake would mail people no code.
    private static func parse(
        _ source: String,
        named part: String,
        sample: [String: String],
        mustName: Set<String>
    ) throws(Defect) -> MustacheTemplate {
        let template: MustacheTemplate
        do {
            template = try MustacheTemplate(string: source)
        } catch {
            throw Defect(hint: "the \(part) is not Mustache: \(error)")
        }
        let names = NameRecorder()
        _ = template.render(Variables(values: sample, recorder: names))
        if let unknown = names.asked.subtracting(sample.keys).min() {
            throw Defect(hint: "the \(part) names {{\(unknown)}}, which there is not")
        }
        if let missing = mustName.subtracting(names.asked).min() {
            throw Defect(hint: "the \(part) does not name {{\(missing)}}")
        }
        return template
    }
}

/// What a template can name. Mustache asks through this instead of by reflection.
struct Variables: MustacheParent {
    let values: [String: String]
    var recorder: NameRecorder?

    func child(named name: String) -> Any? {
        recorder?.asked.insert(name)
        return values[name]
    }
}

/// Remembers the names a template asked for while it was tried.
final class NameRecorder {
    fileprivate(set) var asked: Set<String> = []
}
