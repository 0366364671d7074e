// Whether the mail server would take our mail: everything up to MAIL FROM, and then RSET and QUIT. Sends nothing.

internal import CCurl
import Glibc
public import Signup

extension SMTPTransport {
    /// Connects once and looks. Blocks, for ten seconds at most.
    public static func diagnose(_ configuration: SMTPConfiguration, clock: WallClock) -> [CheckFinding] {
        let session: SMTPSession
        do throws(MailFailure) {
            try configuration.check()
            session = try SMTPSession(configuration, stop: StopSignal())
            try session.observeEncryption()
        } catch {
            return [.fault("configuration", error.reply, "mend the SMTP URL")]
        }
        return SMTPDiagnosis(configuration: configuration, session: session, clock: clock).findings()
    }
}

private struct SMTPDiagnosis {
    let configuration: SMTPConfiguration
    let session: SMTPSession
    let clock: WallClock

    private var place: String { "\(configuration.host):\(configuration.port)" }

    func findings() -> [CheckFinding] {
        let start = ContinuousClock.now
        do throws(MailFailure) {
            let verdict = try session.command(
                "MAIL FROM:<\(configuration.from.address)>",
                within: Limits.diagnosisTimeout
            )
            let time = ContinuousClock.now - start
            // libcurl forgets it with the next command.
            let certificate = session.certificate
            if verdict.exitCode == CURLE_OK { try reset() }
            session.end(politely: verdict.isInStep)
            return findings(verdict, time, certificate)
        } catch {
            return [.fault("connection", "\(place): \(error)", "mend the SMTP URL")]
        }
    }

    /// Takes the envelope back, so that the server has nothing to wonder about.
    private func reset() throws(MailFailure) {
        _ = try session.command("RSET", within: Limits.diagnosisTimeout)
    }

    private func findings(
        _ verdict: SMTPVerdict,
        _ time: Duration,
        _ certificate: [String: String]
    ) -> [CheckFinding] {
        let failure = verdict.exitCode == CURLE_OK ? nil : verdict.failure()
        var findings: [CheckFinding] = []
        func ends(at stage: MailFailure.Stage, _ finding: (String) -> CheckFinding) -> Bool {
            guard let failure, failure.stage == stage else { return false }
            findings.append(finding(failure.reply))
            return true
        }
        if ends(at: .connect, { .fault("connection", "\(place): \($0)", "start the server, or mend host and port") }) {
            return findings
        }
        if ends(at: .greeting, { .fault("greeting", "\(place): \($0)", "is this a mail server, and may we use it?") }) {
            return findings
        }
        findings.append(.good("connection", "\(place), all of it in \(time.millisecondText)"))
        if ends(at: .tls, { .fault("encryption", $0, Self.encryptionRemedy(configuration)) }) { return findings }
        findings += encryption(certificate)
        if ends(at: .authentication, { .fault("login", $0, "mend the user or the password in the SMTP URL") }) {
            return findings
        }
        findings.append(login)
        if let failure {
            findings.append(
                .fault(
                    "sender",
                    failure.reply,
                    "let the server take \(configuration.from.address), or set SIGNUPD_MAIL_FROM"
                )
            )
        } else {
            findings.append(sender)
        }
        return findings
    }

    private static func encryptionRemedy(_ configuration: SMTPConfiguration) -> String {
        configuration.security == .startTLSRequired
            ? "renew the server's certificate, make it name this host, or let the server offer STARTTLS; "
                + "an authority of your own goes into SIGNUPD_TLS_CA_FILE"
            : "renew the server's certificate or make it name this host; an authority of your own goes into SIGNUPD_TLS_CA_FILE"
    }

    private func encryption(_ certificate: [String: String]) -> [CheckFinding] {
        guard configuration.security != .none else {
            let isHere =
                ["localhost", "::1", "[::1]"].contains(configuration.host) || configuration.host.hasPrefix("127.")
            return [
                isHere
                    ? .good("encryption", "none, on this machine")
                    : .advice(
                        "encryption",
                        "none",
                        "take tls=off out of the SMTP URL: codes cross the network in clear"
                    )
            ]
        }
        return [.good("encryption", session.encryption ?? "TLS"), self.certificate(certificate)]
    }

    private func certificate(_ fields: [String: String]) -> CheckFinding {
        let subject = fields["Subject"] ?? "unknown"
        guard let text = fields["Expire date"], let end = Self.time(text) else { return .good("certificate", subject) }
        let days = Int(end.since(clock.now()).components.seconds / 86_400)
        let value = "\(subject), for \(days) more days"
        return days < Limits.certificateDaysLeft
            ? .advice("certificate", value, "renew it: mail stops when it expires") : .good("certificate", value)
    }

    private var login: CheckFinding {
        configuration.credentials.map { .good("login", "as \($0.user)") } ?? .good("login", "none")
    }

    private var sender: CheckFinding {
        let address = configuration.from.address
        guard configuration.from.domain != "localhost" else {
            return .advice("sender", address, "set SIGNUPD_MAIL_FROM: mail from localhost ends as spam or nowhere")
        }
        return .good("sender", "\(address) is taken")
    }

    /// Such as `Nov 26 15:00:00 2026 GMT`.
    private static func time(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        let clock = words.count == 5 ? words[2].split(separator: ":").compactMap { Int32($0) } : []
        guard clock.count == 3, let month = DateText.months.firstIndex(where: { $0 == words[0] }),
            let day = Int32(words[1]), let year = Int32(words[3])
        else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, Int32(month), day)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock[0], clock[1], clock[2])
        return Timestamp(millisecondsSince1970: Int64(timegm(&fields)) * 1000)
    }
}
