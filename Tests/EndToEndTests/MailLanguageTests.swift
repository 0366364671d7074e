// The mail as it arrived at a real server, read by a real mail reader: its language, its headers, its parts; and the same in
// an operator's preview.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("mail that people can read")
struct MailLanguageTests {
    private let directory: URL
    private let server: AuthenticatingSMTPServer

    init() throws {
        directory = try makeTemporaryDirectory("language")
        server = try AuthenticatingSMTPServer.start(AuthenticatingSMTPServer.Options())
    }

    private func program(_ settings: [String: String] = [:]) -> Program {
        let standard = [
            "SIGNUPD_SMTP_URL": "smtp://127.0.0.1:\(server.port)?tls=off",
            "SIGNUPD_MAIL_FROM": "가입 창구 <desk@example.com>",
        ]
        return Program(stateDirectory: directory, settings: standard.merging(settings) { $1 })
    }

    @Test("is in the language of the signup, with every header it needs and nothing of the client's")
    func headers() throws {
        var params = signupParams("Mira@example.org", nickname: "Mirabella")
        params["locale"] = "ko-KR"
        let program = program(["SIGNUPD_MAIL_CODE_IN_SUBJECT": "yes"])
        #expect(try program.pipe([request(1, "signup", params)]).status == 0)
        let raw = try #require(try server.messages().first)
        let mail = try ReadMessage(raw.data)
        #expect(mail.defects.isEmpty)
        let expected = [
            "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
            "mime-version", "content-type",
        ]
        #expect(Set(mail.headers.keys) == Set(expected))
        #expect(mail.headers["from"] == "가입 창구 <desk@example.com>")
        #expect(mail.headers["to"] == "Mira@example.org")
        #expect(mail.headers["auto-submitted"] == "auto-generated")
        #expect(mail.headers["message-id"]?.hasSuffix(".verify-email.1@example.com>") == true)
        let date = try #require(ISO8601DateFormatter().date(from: mail.date))
        #expect(abs(date.timeIntervalSinceNow) < 60)
        // Encoded words on the wire, Korean for the reader.
        let text = String(decoding: raw.data, as: UTF8.self)
        #expect(text.contains("Subject: =?UTF-8?B?"))
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        #expect(!text.contains("Mirabella"))
        #expect(mail.type == "multipart/alternative")
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(mail.parts.map(\.charset) == ["utf-8", "utf-8"])
        let code = try #require(mail.headers["subject"]?.dropPrefix("인증 코드: "))
        #expect(mail.parts[0].text.hasPrefix("인증 코드: \(code)\r\n"))
        #expect(mail.parts[0].text.contains("이 코드는 1시간 후에 만료됩니다."))
        #expect(mail.parts[1].text.contains(">\(code)<"))
        let verify = try program.pipe([request(2, "verify", ["email": "mira@example.org", "code": code])]).replies
        #expect(verify.first?.result?["is_active"] as? Bool == true)
    }

    @Test("falls back to the operator's language, and is the operator's own where there is a directory of templates")
    func fallback() throws {
        let templates = try makeTemporaryDirectory("own")
        for (part, text) in [
            ("subject", "Willkommen\n"), ("txt", "Ihr Code: {{code}}\n"), ("html", "<b>{{code}}</b>\n"),
        ] {
            let file = templates.appendingPathComponent("verify-email.de.\(part).mustache")
            try Data(text.utf8).write(to: file)
        }
        let program = program(["SIGNUPD_MAIL_LOCALE": "ko", "SIGNUPD_TEMPLATES": templates.path])
        let people = [("ann@example.org", "fr-FR"), ("ben@example.org", "de-AT"), ("cem@example.org", "en")]
        let requests = people.enumerated().map { index, person in
            var params = signupParams(person.0, nickname: "Person \(index)")
            params["locale"] = person.1
            return request(index, "signup", params)
        }
        #expect(try program.pipe(requests).status == 0)
        let subjects = try server.messages().reduce(into: [String: String]()) { subjects, message in
            subjects[message.to[0]] = try ReadMessage(message.data).headers["subject"]
        }
        let expected = [
            "ann@example.org": "이메일 주소를 확인해 주세요", "ben@example.org": "Willkommen",
            "cem@example.org": "Verify your email address",
        ]
        #expect(subjects == expected)
    }

    @Test("a wrong template refuses every start with its file and line, exit status 78")
    func refusedTemplates() throws {
        let templates = try makeTemporaryDirectory("wrong")
        let file = templates.appendingPathComponent("verify-email.en.txt.mustache")
        try Data("Hello,\n{{nickname}}: {{code}}\n".utf8).write(to: file)
        for command in [["pipe"], ["serve"], ["mail", "preview"], ["check"]] {
            let finished = try program(["SIGNUPD_TEMPLATES": templates.path]).run(command)
            #expect(finished.status == 78)
            let text = command == ["check"] ? finished.output : finished.errors
            #expect(text.contains("\(file.path):2: unknown variable {{nickname}}"), "\(text)")
        }
    }

    @Test("can be looked at before anybody gets it, on a terminal and as files, without a backend")
    func preview() throws {
        let program = Program(environment: [
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "SIGNUPD_CODE_TTL_SECONDS": "1800",
        ])
        let shown = try program.run(["mail", "preview", "--locale", "ko"])
        #expect(shown.status == 0)
        #expect(shown.output.contains("Subject: 이메일 주소를 확인해 주세요\n"))
        #expect(shown.output.contains("이 코드는 30분 후에 만료됩니다."))
        let output = directory.appendingPathComponent("preview")
        let written = try program.run([
            "mail", "preview", "--locale", "ko", "--template", "verify-email", "--output", output.path,
        ])
        #expect(written.status == 0)
        let files = ["eml", "txt", "html"].map { output.appendingPathComponent("verify-email.ko.\($0)") }
        #expect(written.output == files.map { $0.path + "\n" }.joined())
        let mail = try ReadMessage(Data(contentsOf: files[0]))
        #expect(mail.defects.isEmpty)
        #expect(mail.headers["subject"] == "이메일 주소를 확인해 주세요")
        #expect(mail.parts[0].text == (try String(contentsOf: files[1], encoding: .utf8)))
        #expect(mail.parts[1].text == (try String(contentsOf: files[2], encoding: .utf8)))
        #expect(try program.run(["mail", "preview", "--template", "welcome"]).status == 64)
    }
}

extension String {
    fileprivate func dropPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
