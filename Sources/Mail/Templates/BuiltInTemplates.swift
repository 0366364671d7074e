// The mails that come with signupd, carried in the program itself: it stays one file. `Resources/Templates` has their texts.
// Neutral on purpose: no product's name, no link, no text from whoever asked for the mail.

import Signup

enum BuiltInTemplates {
    static let mails: [MailName: [MailPart: TemplateFile]] = [
        MailName(template: .accountExists, locale: "en"): [
            .subject: file("account-exists.en.subject", PackageResources.account_exists_en_subject_mustache),
            .text: file("account-exists.en.txt", PackageResources.account_exists_en_txt_mustache),
            .html: file("account-exists.en.html", PackageResources.account_exists_en_html_mustache),
        ],
        MailName(template: .accountExists, locale: "ko"): [
            .subject: file("account-exists.ko.subject", PackageResources.account_exists_ko_subject_mustache),
            .text: file("account-exists.ko.txt", PackageResources.account_exists_ko_txt_mustache),
            .html: file("account-exists.ko.html", PackageResources.account_exists_ko_html_mustache),
        ],
        MailName(template: .verifyEmail, locale: "en"): [
            .subject: file("verify-email.en.subject", PackageResources.verify_email_en_subject_mustache),
            .codeSubject: file("verify-email.en.code-subject", PackageResources.verify_email_en_code_subject_mustache),
            .text: file("verify-email.en.txt", PackageResources.verify_email_en_txt_mustache),
            .html: file("verify-email.en.html", PackageResources.verify_email_en_html_mustache),
        ],
        MailName(template: .verifyEmail, locale: "ko"): [
            .subject: file("verify-email.ko.subject", PackageResources.verify_email_ko_subject_mustache),
            .codeSubject: file("verify-email.ko.code-subject", PackageResources.verify_email_ko_code_subject_mustache),
            .text: file("verify-email.ko.txt", PackageResources.verify_email_ko_txt_mustache),
            .html: file("verify-email.ko.html", PackageResources.verify_email_ko_html_mustache),
        ],
    ]

    private static func file(_ name: String, _ bytes: [UInt8]) -> TemplateFile {
        TemplateFile(path: "built-in \(name).mustache", text: String(decoding: bytes, as: UTF8.self))
    }
}
