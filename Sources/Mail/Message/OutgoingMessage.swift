// A message as both transports write it: the same headers, the same two bodies, and nothing that could break a line.

import Signup

/// Checked and complete. Header values may hold folds (CR LF space) of our own making and no other line ends.
struct OutgoingMessage {
    struct Field: Equatable {
        let name: String
        let value: String
    }

    /// The envelope's sender.
    let sender: String
    /// The envelope's recipient, as typed.
    let recipient: String
    /// Without the fields of MIME, which whoever encodes the bodies adds.
    let fields: [Field]
    let text: String
    let html: String

    /// Refuses whatever could end a command or a header early, though those who made it should have refused it first.
    init(_ message: MailMessage, from: Mailbox, messageIDDomain: String) throws(MailFailure) {
        sender = from.address
        recipient = message.recipient.typed
        text = message.content.text
        html = message.content.html
        try Self.check(recipient: recipient)
        try Self.check(messageIDLocalPart: message.messageIDLocalPart)
        guard !message.content.subject.unicodeScalars.contains(where: \.isControl) else {
            throw .local("the subject holds control characters")
        }
        fields = [
            Field(name: "From", value: from.headerText),
            Field(name: "To", value: recipient),
            Field(name: "Subject", value: HeaderText.unstructured(message.content.subject)),
            Field(name: "Date", value: DateText.header(message.date)),
            Field(name: "Message-ID", value: "<\(message.messageIDLocalPart)@\(messageIDDomain)>"),
            // RFC 3834: so that holiday notices stay away; the second field says it to Exchange.
            Field(name: "Auto-Submitted", value: "auto-generated"),
            Field(name: "X-Auto-Response-Suppress", value: "All"),
        ]
    }

    private static func check(recipient: String) throws(MailFailure) {
        let forbidden = Array("<>()[],;:\\\"".utf8)
        let bytes = recipient.utf8
        guard (3...254).contains(bytes.count),
            bytes.allSatisfy({ ASCII.isVisible($0) && !forbidden.contains($0) }),
            bytes.count(where: { $0 == UInt8(ascii: "@") }) == 1,
            !recipient.hasPrefix("@"), !recipient.hasSuffix("@")
        else { throw .local("the recipient is not one plain address") }
    }

    private static func check(messageIDLocalPart: String) throws(MailFailure) {
        let bytes = messageIDLocalPart.utf8
        let others = Array(".-".utf8)
        guard (1...Limits.messageIDLocalPartByteCount).contains(bytes.count),
            bytes.allSatisfy({ ASCII.isAlphanumeric($0) || others.contains($0) })
        else { throw .local("the Message-ID holds other characters than letters, digits, dots and dashes") }
    }
}

extension MailFailure {
    /// A failure that no server had a part in.
    static func local(_ reason: String) -> MailFailure {
        MailFailure(stage: .local, replyCode: nil, reply: reason)
    }
}
