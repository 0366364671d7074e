// The ports to mail: writing a message and handing it to a transport.

/// What a mail is made of. No text of a client's is in it.
public struct MailContent: Sendable, Equatable {
    public let subject: String
    public let text: String
    public let html: String

    public init(subject: String, text: String, html: String) {
        self.subject = subject
        self.text = text
        self.html = html
    }
}

/// A message ready to leave.
public struct MailMessage: Sendable {
    /// The address as typed; already proven to be one dot-atom address.
    public let recipient: EmailAddress
    public let content: MailContent
    /// The left side of the Message-ID: the same on every retry of a row. ASCII letters, digits, dots and dashes.
    public let messageIDLocalPart: String
    public let date: Timestamp

    public init(recipient: EmailAddress, content: MailContent, messageIDLocalPart: String, date: Timestamp) {
        self.recipient = recipient
        self.content = content
        self.messageIDLocalPart = messageIDLocalPart
        self.date = date
    }
}

/// Why a message did not leave, or may not have.
public struct MailFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// How far the conversation had come (RFC 5321, section 3).
    public enum Stage: String, Sendable, CaseIterable {
        case connect
        case tls
        case greeting
        case authentication
        /// MAIL FROM
        case sender
        /// RCPT TO
        case recipient
        /// DATA, before its 354.
        case data
        /// From the first byte of content to the reply after the final dot. Without a reply the outcome is unknown.
        case content
        /// Not the server's: a full disk, a queue that refuses, a shutdown.
        case local
    }

    public let stage: Stage
    /// The server's reply code at that stage; `nil` when it sent none (a timeout, a lost connection).
    public let replyCode: Int?
    /// What the server said, or what failed. One line, printable ASCII, at most 500 bytes, no secret.
    public let reply: String

    public init(stage: Stage, replyCode: Int?, reply: String) {
        self.stage = stage
        self.replyCode = replyCode
        self.reply = reply
    }

    public var description: String { "\(stage.rawValue): \(reply)" }
}

/// A message to send once its turn has come, and whom to tell of it. A reference, since it goes from queue to queue.
public final class MailOrder: Sendable {
    /// The mail, whole.
    public let message: MailMessage
    /// Asked when its turn has come, on any thread, and quick to answer. If it says no, nothing is begun.
    public let isWanted: @Sendable () -> Bool
    /// Told exactly once, on any thread, and quick to return: the server's final reply (nothing short of acceptance has one), or
    /// `nil` if nothing was begun.
    public let ended: @Sendable (Result<String?, MailFailure>) -> Void

    public init(
        message: MailMessage,
        isWanted: @escaping @Sendable () -> Bool,
        ended: @escaping @Sendable (Result<String?, MailFailure>) -> Void
    ) {
        self.message = message
        self.isWanted = isWanted
        self.ended = ended
    }
}

/// Takes messages to where they will be read.
public protocol MailTransport: Sendable {
    /// How many sends run at once. So many more as `CourierPolicy.mostAhead` may wait for their turn.
    var concurrency: Int { get }

    /// Sends each message once its turn has come. Returns at once.
    func submit(_ orders: [MailOrder])

    /// Ends the sends that still run after `grace`, as failures: the process is stopping. Returns at once.
    func stop(after grace: Duration)

    /// Whether the transport could be reached just now, for `service.health`. Sends nothing.
    func ping() async throws(MailFailure)
}

extension MailTransport {
    /// Sends one message once its turn has come, and waits for what becomes of it.
    ///
    /// - Parameters:
    ///   - message: the mail, whole.
    ///   - isWanted: see ``MailOrder/isWanted``.
    /// - Returns: `nil` if nothing was begun.
    public func send(
        _ message: MailMessage,
        ifStill isWanted: @escaping @Sendable () -> Bool
    ) async throws(MailFailure) -> String? {
        let result = await withCheckedContinuation { continuation in
            submit([MailOrder(message: message, isWanted: isWanted) { continuation.resume(returning: $0) }])
        }
        return try result.get()
    }
}

/// Writes the mails.
public protocol MailComposer: Sendable {
    /// - Parameters:
    ///   - template: which mail.
    ///   - code: as a person reads it, such as `K7M2XQ`; `nil` for a template that carries none.
    ///   - locale: a BCP 47 tag; falls back to the default language.
    ///   - lifetime: how long the code lives.
    func compose(_ template: MailTemplate, code: VerificationCode?, locale: String?, lifetime: Duration) -> MailContent
}
