// What became of a transfer, from the dialogue first and curl's exit code second.

internal import CCurl
import Signup

/// All that is known once curl has returned.
struct SMTPVerdict {
    let dialogue: SMTPDialogue
    let exitCode: CURLcode
    /// No connection was made for this transfer.
    let usedKeptConnection: Bool
    /// TCP connected, in this transfer.
    let didConnect: Bool
    /// The handshake of `smtps` has still to end before the server greets.
    let awaitsHandshake: Bool
    /// We cut it short because the transport shuts down.
    let wasStopped: Bool
    /// curl's own words for the failure.
    let detail: String

    /// Success is `CURLE_OK` *and* a 250 after the data, nothing else.
    func delivery(hiding recipient: String) -> Result<String, MailFailure> {
        guard isAccepted, let acceptance = dialogue.acceptance else { return .failure(failure(recipient)) }
        return .success(ReplyText.sanitize("\(acceptance.code) \(acceptance.text)", hiding: recipient))
    }

    /// The server took the message.
    var isAccepted: Bool { exitCode == CURLE_OK && dialogue.acceptance != nil }

    /// The server owes no reply: whatever it says next answers what is said next.
    var isInStep: Bool { exitCode == CURLE_OK || dialogue.reply != nil }

    /// A kept connection was no longer good, and no recipient was named over it: the same mail may go over a new one.
    ///
    /// A server that closed while we were idle (with a 421 or without) shows itself only when MAIL is sent; one that takes
    /// so many mails a connection and no more refuses MAIL as well.
    var foundConnectionClosed: Bool {
        usedKeptConnection && !isAccepted && !wasStopped && [.opening, .sender].contains(dialogue.step)
    }

    /// What stopped the transfer.
    func failure(_ recipient: String = "") -> MailFailure {
        if wasStopped, dialogue.step != .content { return .local("shutting down") }
        let stage = stage
        let refusal = stage == dialogue.stage ? dialogue.refusal : nil
        let reply = refusal.map { "\($0.code) \($0.text)" } ?? detail
        return MailFailure(
            stage: stage,
            replyCode: refusal?.code,
            reply: ReplyText.sanitize(reply, hiding: recipient)
        )
    }

    private var stage: MailFailure.Stage {
        if Self.localCodes.contains(exitCode), dialogue.step != .content { return .local }
        // MAIL was never sent without TLS and login, so these codes place the failure before it.
        if Self.tlsCodes.contains(exitCode), dialogue.isBeforeSender { return .tls }
        if exitCode == CURLE_LOGIN_DENIED, dialogue.isBeforeSender { return .authentication }
        if let stage = dialogue.stage { return stage }
        if !didConnect { return .connect }
        return awaitsHandshake ? .tls : .greeting
    }

    /// A code of these says that nothing was sent, or not by the server's doing.
    private static let localCodes: Set<CURLcode> = [
        CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_NOT_BUILT_IN, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
        CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION,
    ]

    private static let tlsCodes: Set<CURLcode> = [
        CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
        CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE,
        CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_SHUTDOWN_FAILED,
    ]
}

extension SMTPDialogue {
    /// The step in the port's words; `nil` before the first line.
    var stage: MailFailure.Stage? {
        switch step {
        case .opening: nil
        case .greeting: .greeting
        case .startTLS, .handshake: .tls
        case .authentication: .authentication
        case .sender: .sender
        case .recipient: .recipient
        case .data: .data
        case .content: .content
        }
    }

    /// No envelope was begun.
    var isBeforeSender: Bool {
        switch step {
        case .opening, .greeting, .startTLS, .handshake, .authentication: true
        case .sender, .recipient, .data, .content: false
        }
    }
}

extension CURLcode: @retroactive Hashable {}
