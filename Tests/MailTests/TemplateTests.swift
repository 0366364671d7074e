import Foundation
import Signup
import TestServers
import Testing

@testable import Mail

@Suite("The mail that carries a code")
struct TemplateTests {
    @Test("says what the design promises, in both parts and both languages")
    func wording() throws {
        let english = try compose(MailTemplates())
        #expect(english.subject == "Verify your email address")
        #expect(
            english.text == """
                Your verification code is: K7M2XQ

                This code expires in 1 hour.

                If this was not you, you can ignore this mail.

                """
        )
        let korean = try compose(MailTemplates(), locale: "ko")
        #expect(korean.subject == "이메일 주소를 확인해 주세요")
        #expect(
            korean.text == """
                인증 코드: K7M2XQ

                이 코드는 1시간 후에 만료됩니다.

                본인이 요청하지 않았다면 이 메일을 무시하셔도 됩니다.

                """
        )
        for mail in [english, korean] {
            let sentences = mail.text.replacing(" K7M2XQ", with: "").split(separator: "\n").map(String.init)
            for sentence in sentences + [">K7M2XQ<"] { #expect(mail.html.contains(sentence)) }
        }
    }

    @Test("loads nothing from anywhere, and no line is too long for SMTP", arguments: ["en", "ko"])
    func selfContained(locale: String) throws {
        let mail = try compose(MailTemplates(), locale: locale)
        for resource in ["http:", "https:", "src=", "href=", "url(", "<script", "@import"] {
            #expect(!mail.html.contains(resource))
        }
        #expect(mail.html.contains("<html lang=\"\(locale)\">"))
        #expect(mail.html.split(separator: "\n").allSatisfy { $0.utf8.count < 998 })
    }

    @Test("says what Mustache says, wherever the code stands and whatever stands around it")
    func codeAnywhere() throws {
        let text =
            "{{code}}{{minutes}} \u{1}code 0\u{2}{{{code}}}\r\n\u{1}code 1{{&code}}code 1\u{2}\n{{! mark }}<&{{lifetime}}"
        let variables: [String: String] = ["code": "K7M2XQ", "minutes": "90", "lifetime": "90 minutes"]
        let name = MailName(template: .verifyEmail, locale: "en")
        let files = [MailPart.subject: "Hello", .text: text, .html: text].mapValues {
            TemplateFile(path: "file", text: $0)
        }
        var mistakes: [TemplateMistake] = []
        let parsed = ParsedMail(name, files, codeInSubject: false, mistakes: &mistakes)
        #expect(mistakes.isEmpty)
        let mail = try #require(parsed)
        let expected = mail.render(Variables(values: variables))
        #expect(expected.text.utf8.count { $0 == UInt8(ascii: "K") } == 3)
        for code in ["K7M2XQ", "222222", "K7M2XQ"] {
            let content = mail.render(code: code, lifetime: .seconds(5400)) { variables.filter { $0.key != "code" } }
            let bytes = Array(expected.text.utf8).replacing(Array("K7M2XQ".utf8), with: Array(code.utf8))
            #expect(Array(content.text.utf8) == bytes)
            #expect(
                Array(content.html.utf8)
                    == Array(expected.html.utf8).replacing(Array("K7M2XQ".utf8), with: Array(code.utf8))
            )
        }
    }

    @Test(
        "says in words how long the code lives",
        arguments: [
            (3600, "1 hour", "1시간"), (7200, "2 hours", "2시간"), (86_400, "24 hours", "24시간"),
            (5400, "90 minutes", "90분"), (60, "1 minute", "1분"), (90, "90 seconds", "90초"), (1, "1 second", "1초"),
        ]
    )
    func lifetimes(seconds: Int, english: String, korean: String) throws {
        let templates = try MailTemplates()
        let lifetime = Duration.seconds(seconds)
        #expect(compose(templates, lifetime: lifetime).text.contains("This code expires in \(english).\n"))
        #expect(compose(templates, locale: "ko", lifetime: lifetime).text.contains("이 코드는 \(korean) 후에 만료됩니다.\n"))
    }

    @Test(
        "is in the language asked for, else in its parent, else in the default",
        arguments: [
            ("ko", "ko"), ("ko-KR", "ko"), ("KO_kr", "ko"), ("ko-Kore-KR", "ko"), ("pt-BR", "pt-BR"),
            ("pt-BR-x-a", "pt-BR"), ("pt", "en"), ("fr", "en"), ("", "en"), ("-", "en"), (nil, "en"),
        ] as [(String?, String)]
    )
    func locales(asked: String?, answered: String) throws {
        let directory = try TemplateFiles(["en", "ko", "pt-BR"].flatMap { TemplateFiles.mail($0, subject: $0) })
        #expect(compose(try MailTemplates(directory.configuration), locale: asked).subject == answered)
    }

    @Test("is in the operator's default language for everybody whose language there is not")
    func defaultLanguage() throws {
        var configuration = TemplateConfiguration()
        configuration.defaultLocale = "ko-KR"
        #expect(throws: MailTemplates.Invalid.self) { try MailTemplates(configuration) }
        configuration.defaultLocale = "ko"
        let templates = try MailTemplates(configuration)
        #expect(compose(templates, locale: "fr").subject == "이메일 주소를 확인해 주세요")
        #expect(compose(templates).subject == "이메일 주소를 확인해 주세요")
        #expect(compose(templates, locale: "en-GB").subject == "Verify your email address")
    }

    @Test(
        "has the code in its subject where the operator wants it",
        arguments: [("en", "K7M2XQ is your verification code"), ("ko", "인증 코드: K7M2XQ")]
    )
    func codeInSubject(locale: String, subject: String) throws {
        var configuration = TemplateConfiguration()
        configuration.codeInSubject = true
        #expect(compose(try MailTemplates(configuration), locale: locale).subject == subject)
    }

    @Test("is escaped in HTML, and only there")
    func escaping() throws {
        let file = TemplateFile(path: "t", text: "{{code}} {{lifetime}}")
        let files: [MailPart: TemplateFile] = [.subject: file, .text: file, .html: file]
        let name = MailName(template: .verifyEmail, locale: "en")
        var mistakes: [TemplateMistake] = []
        let mail = try #require(ParsedMail(name, files, codeInSubject: false, mistakes: &mistakes))
        let rendered = mail.render(Variables(values: ["code": "K7M2XQ", "lifetime": "<1 & 2>"]))
        #expect(
            rendered == MailContent(subject: "K7M2XQ <1 & 2>", text: "K7M2XQ <1 & 2>", html: "K7M2XQ &lt;1 &amp; 2&gt;")
        )
    }

    @Test(
        "begins as its file does",
        arguments: [
            ("\n{{code}}", "\nK7M2XQ"), ("\r\n{{code}}", "\r\nK7M2XQ"), ("\u{C}{{code}}", "\u{C}K7M2XQ"),
            ("  {{code}}", "  K7M2XQ"), ("{{! for translators }}\n{{code}}", "K7M2XQ"),
            ("\u{301}{{code}}", "\u{301}K7M2XQ"),
        ]
    )
    func beginning(text: String, rendered: String) throws {
        let file = TemplateFile(path: "t", text: "{{code}}")
        let files: [MailPart: TemplateFile] = [
            .subject: file, .text: TemplateFile(path: "t", text: text), .html: TemplateFile(path: "t", text: text),
        ]
        let name = MailName(template: .verifyEmail, locale: "en")
        var mistakes: [TemplateMistake] = []
        let mail = ParsedMail(name, files, codeInSubject: false, mistakes: &mistakes)
        #expect(mistakes.isEmpty)
        let content = try #require(mail).render(Variables(values: ["code": "K7M2XQ"]))
        #expect(Array(content.text.utf8) == Array(rendered.utf8))
        #expect(Array(content.html.utf8) == Array(rendered.utf8))
    }

    @Test("every built-in file is one of a mail, and every language has every mail with every part")
    func family() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Mail/Resources/Templates")
        let onDisk = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let known = BuiltInTemplates.mails.flatMap { name, files in files.keys.map { name.fileName($0) } }
        #expect(Set(onDisk) == Set(known))
        for locale in ["en", "ko"] {
            for template in MailTemplate.allCases {
                let files = try #require(BuiltInTemplates.mails[MailName(template: template, locale: locale)])
                for (part, file) in files {
                    #expect(file.path == "built-in \(MailName(template: template, locale: locale).fileName(part))")
                }
                for part in MailPart.required(for: template, codeInSubject: true) { #expect(files[part] != nil) }
            }
        }
        var configuration = TemplateConfiguration()
        configuration.codeInSubject = true
        #expect(try MailTemplates(configuration).locales == ["en", "ko"])
    }

    @Test(
        "tells a member that somebody signed up with their address, in words without a code or an end",
        arguments: ["en", "ko"]
    )
    func accountExists(locale: String) throws {
        let composer = TemplateComposer(try MailTemplates())
        let mail = composer.compose(.accountExists, code: nil, locale: locale, lifetime: .seconds(3600))
        let subject = locale == "ko" ? "이미 계정이 있습니다" : "You already have an account"
        #expect(mail.subject == subject)
        for sentence in mail.text.split(separator: "\n") { #expect(mail.html.contains(sentence)) }
        for text in [mail.text, mail.html] {
            for word in ["code", "1 hour", "코드", "1시간"] { #expect(!text.contains(word)) }
        }
    }

    private func compose(
        _ templates: MailTemplates,
        locale: String? = nil,
        lifetime: Duration = .seconds(3600)
    ) -> MailContent {
        guard let code = VerificationCode(typed: "k7m-2xq") else {
            preconditionFailure("a literal that keeps the rules")
        }
        return TemplateComposer(templates).compose(.verifyEmail, code: code, locale: locale, lifetime: lifetime)
    }
}

/// Templates of a test's own, in a directory.
struct TemplateFiles {
    let directory: URL

    init(_ files: [(name: String, text: String)]) throws {
        directory = try makeTemporaryDirectory("templates")
        for (name, text) in files { try write(name, text) }
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    var configuration: TemplateConfiguration {
        var configuration = TemplateConfiguration()
        configuration.directory = directory.path
        return configuration
    }

    /// A mail in a language, complete and right.
    static func mail(_ locale: String, subject: String = "s") -> [(name: String, text: String)] {
        [
            ("verify-email.\(locale).subject.mustache", subject + "\n"),
            ("verify-email.\(locale).txt.mustache", "{{code}}, {{minutes}} min\n"),
            ("verify-email.\(locale).html.mustache", "<p>{{code}}</p>\n"),
        ]
    }
}
