// One libcurl handle set up for one server, and the connection it keeps from mail to mail.

internal import CCurl
import Signup

/// Made, used and freed on one thread. After a failed transfer it is ended, never used again.
final class SMTPSession {
    private let handle: CurlHandle
    private let observer: SMTPObserver
    private let hasImplicitTLS: Bool
    /// The last transfer was accepted, so that its connection was kept.
    private var keepsConnection = false

    init(_ configuration: SMTPConfiguration, stop: StopSignal) throws(MailFailure) {
        handle = try CurlHandle()
        observer = SMTPObserver(stop: stop)
        hasImplicitTLS = configuration.security == .implicitTLS
        try observer.observe(handle)
        try Self.address(handle, configuration)
        try Self.secure(handle, configuration)
    }

    /// Sends one message over the kept connection, or over a new one.
    func send(_ message: OutgoingMessage, within time: Duration) throws(MailFailure) -> SMTPVerdict {
        let recipients = try CurlList([message.recipient])
        // libcurl takes the type of the whole from the headers and adds the boundary.
        let headers = try CurlList(
            message.fields.map { "\($0.name): \($0.value)" } + ["Content-Type: multipart/alternative"]
        )
        let body = try CurlMIME(handle)
        try body.add(LineEnds.carriageReturnLineFeed(message.text), type: "text/plain; charset=utf-8")
        try body.add(LineEnds.carriageReturnLineFeed(message.html), type: "text/html; charset=utf-8")
        defer { handle.forgetMessage() }
        try handle.set(CURLOPT_MAIL_RCPT, recipients)
        try handle.set(CURLOPT_HTTPHEADER, headers)
        try handle.set(body)
        return try perform(within: time)
    }

    /// Connects, greets, logs in and says NOOP.
    func probe(within time: Duration) throws(MailFailure) -> SMTPVerdict {
        try command("NOOP", within: time)
    }

    /// Makes the session tell how its connection is encrypted, in ``encryption`` and ``certificate``.
    func observeEncryption() throws(MailFailure) {
        observer.listensForEncryption = true
        try handle.set(CURLOPT_CERTINFO, 1)
    }

    var encryption: String? { observer.encryption }

    /// The server's own certificate, field by field as libcurl names them (`Subject`, `Expire date`).
    var certificate: [String: String] { handle.serverCertificate }

    /// Logs in and says one command that needs no answer but a 2xx.
    func command(_ command: String, within time: Duration) throws(MailFailure) -> SMTPVerdict {
        try handle.set(CURLOPT_CUSTOMREQUEST, command)
        try handle.set(CURLOPT_NOBODY, 1)
        return try perform(within: time)
    }

    /// Lets the connection go without waiting for the server; see ``SMTPObserver/endConversation(politely:)``.
    func end(politely: Bool) {
        observer.endConversation(politely: politely)
    }

    private func perform(within time: Duration) throws(MailFailure) -> SMTPVerdict {
        // Zero would mean no limit.
        try handle.set(CURLOPT_TIMEOUT_MS, max(1, Int(time.wholeMilliseconds)))
        observer.begin()
        let exitCode = handle.perform()
        let verdict = SMTPVerdict(
            dialogue: observer.dialogue,
            exitCode: exitCode,
            usedKeptConnection: keepsConnection && handle.newConnections == 0,
            didConnect: handle.microseconds(CURLINFO_CONNECT_TIME_T) > 0,
            awaitsHandshake: hasImplicitTLS && handle.microseconds(CURLINFO_APPCONNECT_TIME_T) == 0,
            wasStopped: observer.wasStopped,
            detail: exitCode == CURLE_OK ? "the server took the data without a 250" : handle.describe(exitCode)
        )
        keepsConnection = verdict.isAccepted
        return verdict
    }

    private static func address(_ handle: CurlHandle, _ configuration: SMTPConfiguration) throws(MailFailure) {
        try handle.set(CURLOPT_URL, configuration.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout.wholeMilliseconds))
        // A single reply may take the whole time: libcurl's own limit of 120 s must not undercut a longer one.
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, configuration.sendTimeout.secondsRoundedUp)
        // Signals cannot be shared between threads.
        try handle.set(CURLOPT_NOSIGNAL, 1)
        // Neither a proxy from the environment nor a password from ~/.netrc.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try handle.set(CURLOPT_MAXCONNECTS, 1)
        try handle.set(CURLOPT_MAIL_FROM, configuration.from.address)
        // libcurl takes one anew for every transfer. Its least is several mails long; of the default, 64 KiB, the allocator makes
        // work for the system.
        try handle.set(CURLOPT_UPLOAD_BUFFERSIZE, 16_384)
        if let credentials = configuration.credentials {
            try handle.set(CURLOPT_USERNAME, credentials.user)
            try handle.set(CURLOPT_PASSWORD, credentials.password)
        }
    }

    private static func secure(_ handle: CurlHandle, _ configuration: SMTPConfiguration) throws(MailFailure) {
        // ALL refuses a server without STARTTLS; TRY would go on in clear text, password and all.
        let usesTLS = configuration.security != .none
        try handle.set(CURLOPT_USE_SSL, Int((usesTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile = configuration.caFile {
            try handle.set(CURLOPT_CAINFO, caFile)
            // The system's directory would be trusted beside it.
            try handle.set(CURLOPT_CAPATH, nil)
        }
    }
}
