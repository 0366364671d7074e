// One mail in one language, parsed, and proven to say what it must and to ask for nothing that there is not.

import Mustache
import Signup

struct ParsedMail: Sendable {
    private let subject: MustacheTemplate
    private let text: MustacheTemplate
    private let html: MustacheTemplate
    private let filled: FilledMails

    /// Checks every part there is, also one that the settings leave unused. Adds what is wrong to `mistakes`.
    ///
    /// - Returns: `nil` unless all is right.
    init?(_ name: MailName, _ files: [MailPart: TemplateFile], codeInSubject: Bool, mistakes: inout [TemplateMistake]) {
        var parsed: [MailPart: MustacheTemplate] = [:]
        let earlierCount = mistakes.count
        for part in MailPart.allCases {
            guard let file = files[part] else { continue }
            do throws(TemplateMistake) {
                parsed[part] = try Self.parse(file, as: part, of: name)
            } catch {
                mistakes.append(error)
            }
        }
        let hasCodeSubject = MailPart.required(for: name.template, codeInSubject: codeInSubject).contains(.codeSubject)
        guard mistakes.count == earlierCount, let subject = parsed[hasCodeSubject ? .codeSubject : .subject],
            let text = parsed[.text], let html = parsed[.html]
        else { return nil }
        self.subject = subject
        self.text = text
        self.html = html
        filled = FilledMails(codeMark: CodeMark(in: files.values.map(\.text)))
    }

    /// The mail with a code that lives so long.
    ///
    /// - Parameter values: of all variables but the code, for such a lifetime.
    func render(code: String, lifetime: Duration, _ values: () -> [String: String]) -> MailContent {
        let mail = filled.mail(for: lifetime) { mark in
            render(Variables(values: values().merging(["code": mark]) { $1 }))
        }
        return mail.content(code: code)
    }

    func render(_ variables: Variables) -> MailContent {
        MailContent(subject: subject.render(variables), text: text.render(variables), html: html.render(variables))
    }

    private static func parse(
        _ file: TemplateFile,
        as part: MailPart,
        of name: MailName
    ) throws(TemplateMistake) -> MustacheTemplate {
        let hasWords = LifetimeWords.of(name.locale) != nil
        let variables = name.template.variables.filter { hasWords || $0 != "lifetime" }
        let scan = try TagScan(file, variables: variables)
        var mustName = part == .subject ? [] : name.template.requiredVariables
        if part == .codeSubject { mustName = ["code"] }
        if let missing = mustName.first(where: { !scan.names.contains($0) }) {
            throw TemplateMistake(file.path, "does not name {{\(missing)}}")
        }
        let isSubject = part == .subject || part == .codeSubject
        let text = isSubject ? try oneLine(file) : file.text
        do {
            // Without the pragma Mustache escapes for HTML, in a subject and in plain text too. It takes the line end after it, which
            // would otherwise be the file's own.
            return try MustacheTemplate(string: part == .html ? text : "{{% CONTENT_TYPE:TEXT}}\n" + text)
        } catch {
            throw TemplateMistake(file.path, "is not Mustache: \(error)")
        }
    }

    /// The line end of an editor is none of the subject's.
    private static func oneLine(_ file: TemplateFile) throws(TemplateMistake) -> String {
        var text = file.text
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.allSatisfy(\.isWhitespace) else {
            throw TemplateMistake(file.path, line: 1, "the subject is empty")
        }
        guard !text.contains(where: \.isNewline) else {
            throw TemplateMistake(file.path, line: 2, "the subject must be one line")
        }
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            throw TemplateMistake(file.path, line: 1, "the subject holds a control character")
        }
        return text
    }
}

/// What a template can name. Mustache asks through this instead of by reflection.
struct Variables: MustacheParent {
    let values: [String: String]

    func child(named name: String) -> Any? { values[name] }
}
