// A mail with everything in it but the code. Mails of one kind differ in nothing else, and rendering one costs as much as half of
// the way to the server.

import Signup
import Synchronization

/// What stands in a rendered mail where the code will stand.
struct CodeMark {
    let text: String

    /// A mark that none of the texts holds. Its first byte does not occur in it again: so no end of a text, with a mark behind it,
    /// can be taken for one either.
    init(in texts: [String]) {
        var number = 0
        while texts.contains(where: { $0.utf8.contains(Self.mark(number).utf8) }) { number += 1 }
        text = Self.mark(number)
    }

    /// Controls, since no words of ours have them, and Mustache escapes none.
    private static func mark(_ number: Int) -> String { "\u{1}code \(number)\u{2}" }
}

/// One part of a mail, cut where the code belongs.
private struct FilledPart {
    private let pieces: [[UInt8]]

    init(_ rendered: String, _ mark: CodeMark) {
        // By bytes: what is written around the mark may make one character with it.
        var rest = Array(rendered.utf8)[...]
        let bytes = Array(mark.text.utf8)
        var pieces: [[UInt8]] = []
        while let range = rest.firstRange(of: bytes) {
            pieces.append(Array(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        self.pieces = pieces + [Array(rest)]
    }

    /// The code needs no escape anywhere: it is letters and digits.
    func text(code: String) -> String {
        let byteCount = pieces.reduce(0) { $0 + $1.count } + (pieces.count - 1) * code.utf8.count
        return String(unsafeUninitializedCapacity: byteCount) { memory in
            var end = 0
            for (index, piece) in pieces.enumerated() {
                if index > 0 { end = memory[end...].initialize(fromContentsOf: code.utf8) }
                end = memory[end...].initialize(fromContentsOf: piece)
            }
            return end
        }
    }
}

/// All parts of a mail, with everything in them but the code.
struct FilledMail {
    private let subject: FilledPart
    private let text: FilledPart
    private let html: FilledPart

    /// - Parameter content: with `mark` in the place of the code.
    init(_ content: MailContent, _ mark: CodeMark) {
        subject = FilledPart(content.subject, mark)
        text = FilledPart(content.text, mark)
        html = FilledPart(content.html, mark)
    }

    func content(code: String) -> MailContent {
        MailContent(subject: subject.text(code: code), text: text.text(code: code), html: html.text(code: code))
    }
}

/// Remembers how a mail was filled last: only another lifetime of the code fills it otherwise.
final class FilledMails: Sendable {
    private let codeMark: CodeMark
    private let last = Mutex<(lifetime: Duration, mail: FilledMail)?>(nil)

    init(codeMark: CodeMark) {
        self.codeMark = codeMark
    }

    /// - Parameter render: renders the mail with a mark for the code; asked when the lifetime is not that of the last time.
    func mail(for lifetime: Duration, render: (_ mark: String) -> MailContent) -> FilledMail {
        if let last = last.withLock({ $0 }), last.lifetime == lifetime { return last.mail }
        let mail = FilledMail(render(codeMark.text), codeMark)
        last.withLock { $0 = (lifetime, mail) }
        return mail
    }
}
