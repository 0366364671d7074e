// A part of an operator's mail template. What is refused names a line that there is; what is taken renders as a second, plainer reading
// of its tags says: every variable where it stands, comments gone, and nothing of Mustache's own left to happen.

import Signup

@testable import Mail

extension FuzzTarget {
    /// The first byte picks the part, the rest is its text.
    static let templates = FuzzTarget("templates") { input in
        guard let first = input.first else { return }
        let part = MailPart.allCases[Int(first) % MailPart.allCases.count]
        let name = MailName(template: .verifyEmail, locale: "en")
        let text = UnsafeRawBufferPointer(rebasing: input[1...]).text
        guard var files = BuiltInTemplates.mails[name] else { fatalError("the built-in mail is there") }
        files[part] = TemplateFile(path: "fuzzed", text: text)
        var mistakes: [TemplateMistake] = []
        guard let mail = ParsedMail(name, files, codeInSubject: true, mistakes: &mistakes) else {
            hold(mistakes.count == 1 && mistakes[0].path == "fuzzed", "the one wrong part is named, once")
            let lineCount = 1 + text.utf8.count { $0 == UInt8(ascii: "\n") }
            // A subject of two lines is told of its second one, however it is ended.
            if let line = mistakes[0].line { hold((1...max(2, lineCount)).contains(line), "line \(line) is there") }
            return
        }
        hold(mistakes.isEmpty, "what is taken has no mistakes")
        let content = mail.render(Variables(values: sentinels))
        for line in [content.subject] {
            hold(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "the subject is one line")
        }
        switch part {
        case .subject: break  // Not the one that is used when the code is in the subject.
        case .codeSubject: hold(content.subject == reading(of: text.trimmingLineEnd), "the subject reads as written")
        case .text: check(content.text, against: text)
        case .html: check(content.html, against: text)
        }
    }

    private static let sentinels = ["code": "K7M2XQ", "lifetime": "9 hours", "minutes": "540"]

    /// Mustache drops the line of a comment that stands alone, and our reading does not: with a comment, compared without line ends and
    /// spaces. Without one, all is compared but the spaces that Mustache drops from a last line of nothing else.
    private static func check(_ rendered: String, against text: String) {
        hold(rendered.contains("K7M2XQ"), "the mail holds the code")
        let read = reading(of: text)
        if text.contains("{{!") {
            hold(rendered.withoutSpaces == read.withoutSpaces, "the mail reads as written")
        } else {
            hold(rendered.withoutLastSpaces == read.withoutLastSpaces, "the mail reads as written, line by line")
        }
    }

    /// Tags replaced by what they name. By characters, as Mustache reads: a brace with an accent opens nothing. The values hold nothing
    /// that HTML would escape.
    private static func reading(of text: String) -> String {
        var characters = Array(text)[...]
        var read = ""
        while let character = characters.first {
            guard characters.starts(with: "{{") else {
                read.append(character)
                characters.removeFirst()
                continue
            }
            let isTriple = characters.starts(with: "{{{")
            let end = isTriple ? "}}}" : "}}"
            characters.removeFirst(isTriple ? 3 : 2)
            var tag = ""
            while !characters.isEmpty, !characters.starts(with: end) { tag.append(characters.removeFirst()) }
            characters.removeFirst(end.count)
            if tag.hasPrefix("!"), !isTriple { continue }
            guard let value = sentinels[tag.filter { $0 != " " && $0 != "&" }] else {
                fatalError("does not hold: a taken template names only what there is")
            }
            read += value
        }
        return read
    }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        var text = self
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    /// Without what Mustache takes for the end of a line, and what may stand before it.
    fileprivate var withoutSpaces: [UInt8] { Array(filter { !$0.isNewline && $0 != " " && $0 != "\t" }.utf8) }

    fileprivate var withoutLastSpaces: [UInt8] {
        let last = utf8.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return last.map { Array(utf8[...$0]) } ?? []
    }
}
