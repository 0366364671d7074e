// An operator's own templates: what they may say, and where each mistake is found.

import Foundation
import Mail
import Signup
import TestServers
import Testing

@Suite("an operator's own templates")
struct TemplateDirectoryTests {
    @Test("come before the built-in ones, language by language, and may bring a new language")
    func override() throws {
        let files = try TemplateFiles(
            TemplateFiles.mail("en", subject: "Hello") + TemplateFiles.mail("de", subject: "Hallo")
        )
        try files.write("README", "{{anything}}")
        try files.write(".verify-email.en.txt.mustache.swp", "{{anything}}")
        let templates = try MailTemplates(files.configuration)
        #expect(templates.locales == ["de", "en", "ko"])
        #expect(try subject(templates, "en") == "Hello")
        #expect(try subject(templates, "de-AT") == "Hallo")
        #expect(try subject(templates, "ko") == "이메일 주소를 확인해 주세요")
        #expect(try content(templates, "de", lifetime: .seconds(3600)).text == "K7M2XQ, 60 min\n")
        // Never longer than it lives.
        #expect(try content(templates, "de", lifetime: .seconds(119)).text == "K7M2XQ, 1 min\n")
    }

    @Test(
        "are refused at the start with file and line",
        arguments: [
            ("verify-email.de.txt", "{{code}}\n\n{{cod}}", ":3: unknown variable {{cod}}"),
            ("verify-email.de.txt", "{{code}} {{lifetime}}", ":1: unknown variable {{lifetime}}"),
            ("verify-email.de.txt", "no code", ": does not name {{code}}"),
            ("verify-email.de.txt", "{{! {{code}} }}", ": does not name {{code}}"),
            ("verify-email.de.html", "<p>\n{{code", ":2: the tag that opens here is never closed"),
            ("verify-email.de.html", "{{code}}\n{{{code}}", ":2: the tag that opens here is never closed"),
            ("verify-email.de.html", "{{code}}\n{{#code}}x{{/code}}", ":2: {{#code}} is no variable"),
            ("verify-email.de.html", "{{! a\nb }}\n{{> other}}", ":3: {{> other}} is no variable"),
            ("verify-email.de.html", "{{code}}\r\n{{=<% %>=}}", ":2: {{=<% %>=}} is no variable"),
            ("verify-email.de.subject", "a\nb\n", ":2: the subject must be one line"),
            ("verify-email.de.subject", "\n", ":1: the subject is empty"),
            ("verify-email.de.subject", " \u{3000}\n", ":1: the subject is empty"),
            ("verify-email.de.subject", "a\tb\u{7}\n", ":1: the subject holds a control character"),
            ("verify-email.de.subject", "{{email}}", ":1: unknown variable {{email}}"),
            ("verify-email.de.code-subject", "no code", ": does not name {{code}}"),
        ]
    )
    func mistakes(name: String, text: String, mistake: String) throws {
        let files = try TemplateFiles(TemplateFiles.mail("de"))
        try files.write("\(name).mustache", text)
        let invalid = try #require(throws: MailTemplates.Invalid.self) { try MailTemplates(files.configuration) }
        #expect(invalid.mistakes.count == 1)
        #expect(invalid.description.hasPrefix("\(files.directory.path)/\(name).mustache\(mistake)"), "\(invalid)")
    }

    @Test("are refused when a part or the code's own subject is missing, naming the file")
    func missingPart() throws {
        let files = try TemplateFiles(Array(TemplateFiles.mail("de").dropLast()))
        let invalid = try #require(throws: MailTemplates.Invalid.self) { try MailTemplates(files.configuration) }
        #expect(invalid.description.hasPrefix("\(files.directory.path)/verify-email.de.html.mustache: is missing"))
        var configuration = try TemplateFiles(TemplateFiles.mail("de")).configuration
        #expect(throws: Never.self) { try MailTemplates(configuration) }
        configuration.codeInSubject = true
        let another = try #require(throws: MailTemplates.Invalid.self) { try MailTemplates(configuration) }
        #expect(another.description.contains("verify-email.de.code-subject.mustache: is missing"))
    }

    @Test("of a language need not be complete; the default language's must")
    func missingMail() throws {
        var configuration = try TemplateFiles(TemplateFiles.mail("de")).configuration
        let composer = TemplateComposer(try MailTemplates(configuration))
        let mail = composer.compose(.accountExists, code: nil, locale: "de", lifetime: .seconds(3600))
        #expect(mail.subject == "You already have an account")
        configuration.defaultLocale = "de"
        #expect(
            try refusal(configuration)
                == "account-exists.de.subject.mustache: is missing; the default language needs every mail"
        )
    }

    @Test(
        "are refused under a name that is none, rather than left aside",
        arguments: [
            "verify-email.de.htm.mustache", "verify-email.mustache", "verify_email.de.txt.mustache",
            "verify-email.de.txt", "verify-email.d e.txt.mustache", "verify-email.de.txt.mustache.mustache",
        ]
    )
    func misnamed(name: String) throws {
        let files = try TemplateFiles(TemplateFiles.mail("de") + [(name, "{{code}}")])
        let invalid = try #require(throws: MailTemplates.Invalid.self) { try MailTemplates(files.configuration) }
        #expect(invalid.description.hasPrefix("\(files.directory.path)/\(name): is no template's name"))
    }

    @Test("are refused when they cannot be read as text, or are no directory")
    func unreadable() throws {
        let files = try TemplateFiles(TemplateFiles.mail("de"))
        let file = files.directory.appendingPathComponent("verify-email.de.txt.mustache")
        try Data([0x7B, 0xFF]).write(to: file)
        #expect(try refusal(files.configuration).contains("is not UTF-8"))
        try Data(repeating: 0x61, count: 200_000).write(to: file)
        #expect(try refusal(files.configuration).contains("has more than 102400 bytes"))
        var configuration = files.configuration
        configuration.directory = file.path
        #expect(try refusal(configuration).contains("cannot be read as a directory"))
        configuration.directory = "/nowhere"
        #expect(try refusal(configuration) == "/nowhere: cannot be read as a directory: No such file or directory")
    }

    private func refusal(_ configuration: TemplateConfiguration) throws -> String {
        try #require(throws: MailTemplates.Invalid.self) { try MailTemplates(configuration) }.description
    }

    private func content(_ templates: MailTemplates, _ locale: String, lifetime: Duration) throws -> MailContent {
        let code = try #require(VerificationCode(typed: "K7M2XQ"))
        return TemplateComposer(templates).compose(.verifyEmail, code: code, locale: locale, lifetime: lifetime)
    }

    private func subject(_ templates: MailTemplates, _ locale: String) throws -> String {
        try content(templates, locale, lifetime: .seconds(60)).subject
    }
}
