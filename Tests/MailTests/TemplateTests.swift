import Mail
import Signup
import Testing

@Suite("The mail that carries a code")
struct TemplateTests {
    @Test("says what the design promises, in both parts")
    func wording() throws {
        let mail = try compose(TemplateComposer.loadDefault())
        #expect(mail.subject == "Verify your email address")
        #expect(
            mail.text == """
                Your verification code is: K7M2XQ

                This code expires in 1 hour.

                If this was not you, you can ignore this mail.

                """
        )
        for sentence in [
            "Your verification code is:", ">K7M2XQ<", "This code expires in 1 hour.",
            "If this was not you, you can ignore this mail.",
        ] {
            #expect(mail.html.contains(sentence))
        }
    }

    @Test("loads nothing from anywhere, and no line is too long for SMTP")
    func selfContained() throws {
        let mail = try compose(TemplateComposer.loadDefault())
        for resource in ["http:", "https:", "src=", "href=", "url(", "<script", "@import"] {
            #expect(!mail.html.contains(resource))
        }
        #expect(mail.html.split(separator: "\n").allSatisfy { $0.utf8.count < 998 })
    }

    @Test(
        "says in words how long the code lives",
        arguments: [
            (3600, "1 hour"), (7200, "2 hours"), (86_400, "24 hours"), (5400, "90 minutes"), (60, "1 minute"),
            (90, "90 seconds"), (1, "1 second"),
        ]
    )
    func lifetimes(seconds: Int, words: String) throws {
        let mail = try compose(TemplateComposer.loadDefault(), lifetime: .seconds(seconds))
        #expect(mail.text.contains("This code expires in \(words).\n"))
    }

    @Test(
        "is in the language asked for, else in its parent, else in the default",
        arguments: [
            ("ko", "ko"), ("ko-KR", "ko"), ("KO_kr", "ko"), ("pt-BR", "pt-BR"), ("pt-BR-x-a", "pt-BR"), ("pt", "en"),
            ("fr", "en"), ("", "en"), ("-", "en"), (nil, "en"),
        ] as [(String?, String)]
    )
    func locales(asked: String?, answered: String) throws {
        let templates = try MailTemplates(
            ["en": language("en"), "ko": language("ko"), "pt-BR": language("pt-BR")],
            defaultLocale: "en"
        )
        #expect(try compose(TemplateComposer(templates), locale: asked).subject == answered)
    }

    @Test("is escaped in HTML, and only there")
    func escaping() throws {
        let source = MailTemplateSource(
            subject: "{{lifetime}}",
            text: "{{code}} {{lifetime}}",
            html: "{{code}} {{lifetime}}"
        )
        let language = MailLanguage(templates: [.verifyEmail: source, .accountExists: codeless]) { _ in "<1 & 2>" }
        let mail = try compose(TemplateComposer(try MailTemplates(["en": language], defaultLocale: "en")))
        #expect(mail == MailContent(subject: "<1 & 2>", text: "K7M2XQ <1 & 2>", html: "K7M2XQ &lt;1 &amp; 2&gt;"))
    }

    @Test(
        "is refused at the start when a template would not say what it should",
        arguments: [
            MailTemplateSource(subject: "s", text: "{{code}} {{codes}}", html: "{{code}}"),
            MailTemplateSource(subject: "{{email}}", text: "{{code}}", html: "{{code}}"),
            MailTemplateSource(subject: "s", text: "no", html: "{{code}}"),
            MailTemplateSource(subject: "s", text: "{{code}}", html: "{{lifetime}}"),
            MailTemplateSource(subject: "s", text: "{{code", html: "{{code}}"),
            MailTemplateSource(subject: "", text: "{{code}}", html: "{{code}}"),
            MailTemplateSource(subject: "a\nb", text: "{{code}}", html: "{{code}}"),
        ]
    )
    func defects(source: MailTemplateSource) {
        let language = MailLanguage(templates: [.verifyEmail: source, .accountExists: codeless]) { _ in "" }
        #expect(throws: MailTemplates.Invalid.self) { try MailTemplates(["en": language], defaultLocale: "en") }
    }

    @Test("tells a member that somebody signed up with their address, in words without a code or an end")
    func accountExists() throws {
        let composer = try TemplateComposer.loadDefault()
        let mail = composer.compose(.accountExists, code: nil, locale: nil, lifetime: .seconds(3600))
        #expect(mail.subject == "You already have an account")
        #expect(mail.text.contains("it belongs to an account already."))
        #expect(mail.html.contains("it belongs to an account already."))
        for text in [mail.text, mail.html] { #expect(!text.contains("code") && !text.contains("1 hour")) }
    }

    @Test("is refused at the start when a mail without a code names one", arguments: ["{{code}}", "{{lifetime}}"])
    func codelessDefects(text: String) {
        let code = MailTemplateSource(subject: "s", text: "{{code}}", html: "{{code}}")
        let source = MailTemplateSource(subject: "s", text: text, html: "h")
        let language = MailLanguage(templates: [.verifyEmail: code, .accountExists: source]) { _ in "" }
        #expect(throws: MailTemplates.Invalid.self) { try MailTemplates(["en": language], defaultLocale: "en") }
    }

    @Test("is refused at the start when a language or a mail of it is missing")
    func missingTemplates() throws {
        #expect(throws: MailTemplates.Invalid.self) { try MailTemplates([:], defaultLocale: "en") }
        let empty = MailLanguage(templates: [:]) { _ in "" }
        #expect(throws: MailTemplates.Invalid.self) {
            try MailTemplates(["en": language("en"), "ko": empty], defaultLocale: "en")
        }
    }

    private var codeless: MailTemplateSource { MailTemplateSource(subject: "s", text: "t", html: "h") }

    private func language(_ subject: String) -> MailLanguage {
        let source = MailTemplateSource(subject: subject, text: "{{code}}", html: "{{code}}")
        return MailLanguage(templates: [.verifyEmail: source, .accountExists: codeless]) { _ in "" }
    }

    private func compose(
        _ composer: TemplateComposer,
        locale: String? = nil,
        lifetime: Duration = .seconds(3600)
    ) throws -> MailContent {
        let code = try #require(VerificationCode(typed: "k7m-2xq"))
        return composer.compose(.verifyEmail, code: code, locale: locale, lifetime: lifetime)
    }
}
