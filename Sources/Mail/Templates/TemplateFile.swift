// The file of one part of one mail in one language: `verify-email.ko.html.mustache`.

import Signup

/// What a mail is made of.
enum MailPart: String, CaseIterable {
    /// One line of plain text.
    case subject
    /// The subject where the operator wants the code in it.
    case codeSubject = "code-subject"
    /// Plain text.
    case text = "txt"
    /// HTML; what is put in is escaped.
    case html

    /// The parts a mail must have.
    static func required(for template: MailTemplate, codeInSubject: Bool) -> [MailPart] {
        allCases.filter { $0 != .codeSubject || codeInSubject && template.carriesCode }
    }
}

/// One mail in one language.
struct MailName: Hashable {
    let template: MailTemplate
    /// A language tag in lower case, `ko` or `pt-br`.
    let locale: String

    func fileName(_ part: MailPart) -> String {
        "\(template.rawValue).\(locale).\(part.rawValue).mustache"
    }
}

/// The text of a part, and where it stands, for whoever has to mend it.
struct TemplateFile {
    let path: String
    let text: String
}

extension MailTemplate {
    /// What its texts may name.
    var variables: [String] { carriesCode ? ["code", "lifetime", "minutes"] : [] }

    /// What its bodies must name, or they would be of no use.
    var requiredVariables: [String] { carriesCode ? ["code"] : [] }
}

/// What is wrong with a template: where, and what to do.
public struct TemplateMistake: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    /// From 1; `nil` for the file as a whole.
    public let line: Int?
    public let problem: String

    init(_ path: String, line: Int? = nil, _ problem: String) {
        self.path = path
        self.line = line
        self.problem = problem
    }

    public var description: String { "\(path):\(line.map { "\($0):" } ?? "") \(problem)" }
}
