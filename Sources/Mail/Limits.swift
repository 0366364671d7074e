// Every bound of this target, with its reason.

import Signup

enum Limits {
    /// Mails that may wait beyond one per thread: what the port promises the courier, and some more for a claim that overtakes
    /// the end of the sends before it.
    static let waitingMails = CourierPolicy.mostAhead + 8

    /// Callers of `ping` that may wait together; one probe answers all of them.
    static let waitingPings = 64

    /// How long a probe may take in all. `service.health` promises an answer in 6 s, and may have to wait for the probe that
    /// runs before its own.
    static let probeTimeout = Duration.seconds(3)

    /// What the port allows of a server's reply (see `MailFailure.reply`).
    static let replyByteCount = 500

    /// Files a Maildir worker writes before it syncs the directory once for all of them.
    static let maildirBatch = 64

    /// A display name longer than this is a mistake, and would need folding inside a quoted string.
    static let displayNameByteCount = 200

    /// The left side of a Message-ID; with it, any domain stays below the 998 bytes of a line (RFC 5322, 2.1.1).
    static let messageIDLocalPartByteCount = 128

    /// A template larger than this is no mail: Gmail cuts what it shows at 102 KiB.
    static let templateByteCount = 102_400

    /// How long `signupd check` gives a mail server in all: longer than a probe, for one that greets late on purpose.
    static let diagnosisTimeout = Duration.seconds(10)

    /// A certificate that ends sooner should have been renewed: the usual clients do it 30 days before.
    static let certificateDaysLeft = 14
}
