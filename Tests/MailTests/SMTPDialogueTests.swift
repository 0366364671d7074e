import Testing

@testable import Mail

@Suite("Where a conversation stands")
struct SMTPDialogueTests {
    private static let greeted = ["S: 220 mail.test ESMTP", "C: EHLO us", "S: 250-mail.test", "S: 250 "]
    private static let mailed = greeted + ["C: MAIL FROM:<a@b>", "S: 250 Ok"]
    private static let addressed = mailed + ["C: RCPT TO:<c@d>", "S: 250 Ok"]
    private static let open = addressed + ["C: DATA", "S: 354 go on"]

    @Test("a 250 after the data is acceptance, and nothing else is")
    func acceptance() {
        #expect(play(Self.open + ["S: 250 2.0.0 queued as X"]).acceptance?.text == "2.0.0 queued as X")
        #expect(play(Self.open).acceptance == nil)
        #expect(play(Self.open + ["S: 251 well"]).acceptance == nil)
        #expect(play(Self.addressed).acceptance == nil)
        #expect(play(Self.addressed + ["C: DATA", "S: 250 Ok"]).acceptance == nil)
    }

    @Test("a kept connection's conversation begins with MAIL")
    func keptConnection() {
        let lines = ["C: MAIL FROM:<a@b>", "S: 250 Ok", "C: RCPT TO:<c@d>", "S: 250 Ok", "C: DATA", "S: 354 go"]
        #expect(play(lines + ["S: 250 Ok"]).acceptance != nil)
        #expect(play(["C: MAIL FROM:<a@b>", "S: 421 too late"]).step == .sender)
    }

    @Test("a refusal belongs to the step it answers")
    func refusals() {
        let cases: [(lines: [String], step: SMTPDialogue.Step, code: Int)] = [
            (["S: 554 go away"], .greeting, 554),
            (["S: 220 hi", "C: EHLO us", "S: 550 who?"], .greeting, 550),
            (Self.greeted + ["C: STARTTLS", "S: 454 no key"], .startTLS, 454),
            (Self.greeted + ["C: AUTH PLAIN c2VjcmV0", "S: 535 no"], .authentication, 535),
            (Self.greeted + ["C: MAIL FROM:<a@b>", "S: 451 later"], .sender, 451),
            (Self.mailed + ["C: RCPT TO:<c@d>", "S: 550 nobody"], .recipient, 550),
            (Self.addressed + ["C: DATA", "S: 452 full"], .data, 452),
            (Self.open + ["S: 554 spam"], .content, 554),
        ]
        for (lines, step, code) in cases {
            let dialogue = play(lines)
            #expect(dialogue.step == step)
            #expect(dialogue.refusal?.code == code)
            #expect(dialogue.acceptance == nil)
        }
    }

    @Test("a drop leaves the step without a reply, though an earlier one was answered")
    func drops() {
        let cases: [(lines: [String], step: SMTPDialogue.Step)] = [
            ([], .opening),
            (["S: 220-more to"], .greeting),
            (["S: 220 hi", "C: EHLO us"], .greeting),
            (Self.greeted + ["C: STARTTLS"], .startTLS),
            (Self.greeted + ["C: AUTH LOGIN", "S: 334 VXNlcg==", "C: dXNlcg=="], .authentication),
            (Self.greeted + ["C: MAIL FROM:<a@b>"], .sender),
            (Self.mailed + ["C: RCPT TO:<c@d>"], .recipient),
            (Self.mailed + ["C: RCPT TO:<c@d>", "S: 550-not the"], .recipient),
            (Self.addressed + ["C: DATA"], .data),
            (Self.open, .content),
        ]
        for (lines, step) in cases {
            let dialogue = play(lines)
            #expect(dialogue.step == step)
            #expect(dialogue.reply == nil)
            #expect(dialogue.refusal == nil)
        }
    }

    @Test("the lines of a reply are one text")
    func multiLineReply() {
        let reply = play(Self.mailed + ["C: RCPT TO:<c@d>", "S: 550-5.1.1 no such user", "S: 550 5.1.1 see help"]).reply
        #expect(reply == SMTPReply(code: 550, text: "5.1.1 no such user 5.1.1 see help"))
    }

    @Test("a granted STARTTLS leads to the handshake, and the greeting to EHLO begins again after it")
    func startTLS() {
        let lines = Self.greeted + ["C: STARTTLS", "S: 220 ready"]
        #expect(play(lines).step == .handshake)
        #expect(play(lines + ["C: EHLO us"]).step == .greeting)
    }

    @Test("an answer to a challenge is no command, even if it spells one")
    func challenge() {
        let lines = Self.greeted + ["C: AUTH LOGIN", "S: 334 VXNlcg==", "C: QUIT", "S: 334 UGFzcw==", "C: DATA"]
        #expect(play(lines).step == .authentication)
        #expect(play(lines + ["S: 235 welcome", "C: MAIL FROM:<a@b>"]).step == .sender)
    }

    @Test("nothing after QUIT is anybody's answer")
    func quit() {
        let dialogue = play(Self.mailed + ["C: RCPT TO:<c@d>", "S: 550 nobody", "C: QUIT", "S: 221 bye"])
        #expect(dialogue.step == .recipient)
        #expect(dialogue.refusal?.code == 550)
    }

    @Test("lines that are none of a reply's are passed over")
    func noise() {
        #expect(play(["S: hello there", "S: 22"]).reply == nil)
        #expect(play(["S: 220"]).reply == SMTPReply(code: 220, text: ""))
    }

    @Test("a reply without end takes bounded memory")
    func endlessReply() {
        let lines = Array(repeating: "S: 250-\(String(repeating: "x", count: 400))", count: 1000)
        #expect(play(lines + ["S: 250 end"]).reply?.text.utf8.count ?? 0 <= 2 * Limits.replyByteCount)
    }

    @Test("a reply that is shown is one line of printable ASCII, of at most 500 bytes, without the recipient's address")
    func sanitizing() {
        let text = "550 <MIRA@example.ORG> unknown\u{7}\r\nmira@example.orgx"
        #expect(
            ReplyText.sanitize(text, hiding: "Mira@Example.org") == "550 <(recipient)> unknown???(recipient)x"
        )
        #expect(ReplyText.sanitize(String(repeating: "é", count: 400), hiding: "").utf8.count == 500)
        #expect(ReplyText.sanitize("a", hiding: "") == "a")
    }

    private func play(_ lines: [String]) -> SMTPDialogue {
        var dialogue = SMTPDialogue()
        for line in lines {
            let bytes = line.dropFirst(3).utf8 + Array("\r\n".utf8)
            if line.hasPrefix("C") {
                dialogue.sent(bytes)
            } else {
                dialogue.received(bytes)
            }
        }
        return dialogue
    }
}
