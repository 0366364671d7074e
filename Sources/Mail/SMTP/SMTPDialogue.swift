// Follows one transfer's conversation from the side: which step it reached, and what the server said to that step.
// curl's exit code does not tell (MAIL, RCPT and DATA refused are all 55), and its response code is that of the last reply
// read, which after a lost connection belongs to the step before.

/// A value that is told every line, and never what was secret in it: commands are recognised, not kept.
struct SMTPDialogue: Equatable {
    enum Step: Equatable {
        /// Nothing was exchanged yet: a connection is being made, or a kept one was not spoken on.
        case opening
        /// From the server's greeting to the answer to EHLO or HELO; a NOOP belongs here too.
        case greeting
        /// STARTTLS was sent.
        case startTLS
        /// STARTTLS was granted; the handshake speaks no SMTP.
        case handshake
        case authentication
        /// MAIL FROM
        case sender
        /// RCPT TO
        case recipient
        /// DATA
        case data
        /// The server asked for the content.
        case content
    }

    private(set) var step = Step.opening
    /// What the server said to this step; `nil` while it owes the reply.
    private(set) var reply: SMTPReply?
    private var reader = SMTPReply.Reader()
    /// QUIT ends the story: what follows it is nobody's answer.
    private(set) var isOver = false

    /// The server took the message.
    var acceptance: SMTPReply? {
        guard step == .content, let reply, reply.code == 250 else { return nil }
        return reply
    }

    /// What the server refused this step with, if it did.
    var refusal: SMTPReply? {
        guard let reply, reply.code >= 400 else { return nil }
        return reply
    }

    /// libcurl sent a command.
    mutating func sent(_ line: some Collection<UInt8>) {
        guard !isOver else { return }
        if step == .authentication, reply?.code == 334 {
            // The answer to a challenge. It may spell anything, a command's name too.
            reply = nil
            return
        }
        switch Command(line) {
        case .quit: isOver = true
        case .other: reply = nil
        case .enters(let next):
            step = next
            reply = nil
        }
    }

    /// The server sent a line.
    mutating func received(_ line: some Collection<UInt8>) {
        guard !isOver else { return }
        if step == .opening { step = .greeting }
        guard let complete = reader.read(line) else { return }
        reply = complete
        switch (step, complete.code) {
        case (.startTLS, 220): step = .handshake
        case (.data, 354):
            step = .content
            reply = nil
        default: break
        }
    }
}

extension SMTPDialogue {
    private enum Command {
        case enters(Step)
        case quit
        case other

        init(_ line: some Collection<UInt8>) {
            let verb = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
            self = Self.known.first { verb.elementsEqual($0.verb) }?.command ?? .other
        }

        private static let known: [(verb: [UInt8], command: Command)] = [
            (Array("MAIL".utf8), .enters(.sender)),
            (Array("RCPT".utf8), .enters(.recipient)),
            (Array("DATA".utf8), .enters(.data)),
            (Array("EHLO".utf8), .enters(.greeting)),
            (Array("HELO".utf8), .enters(.greeting)),
            (Array("STARTTLS".utf8), .enters(.startTLS)),
            (Array("AUTH".utf8), .enters(.authentication)),
            (Array("QUIT".utf8), .quit),
        ]
    }
}
