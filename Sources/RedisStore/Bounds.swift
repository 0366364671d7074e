// Every bound of this adapter, with its reason.

/// Numbers that keep queues, waits and keys finite.
public enum Bounds {
    /// A third of a second of work at 25,000 commands a second: whoever would wait longer is better told at once.
    public static let queueCapacity = 8192
    /// A pipeline of some 100 KB, a few milliseconds of Redis's time. Beyond it a round trip costs nothing more.
    public static let batchLimit = 256

    /// How long jobs fail at once after a first failure, before Redis is tried again; doubles with every further one.
    static let firstPause = Duration.milliseconds(500)
    /// Long enough to spare a struggling server, short enough that nobody waits for a healthy one.
    static let longestPause = Duration.seconds(2)

    /// Six times what the limits allow in a day (10 mails an address), so that only a service without limits reaches it.
    static let codesPerAddress = 64
    /// A code that was guessed at or marked used is remembered so long after its expiry, as SQLite does: mail is retried for up to
    /// 24 hours, and a code that is installed again must find its guesses and the mark.
    static let codeRetention = Duration.seconds(86_400)
    /// The window of the wrong guesses by e-mail alone.
    static let guessWindow = Duration.seconds(86_400)
    /// Added to every key's life, since the clocks of two machines differ: a key may live too long, never too short.
    static let keySlack = Duration.seconds(60)
    /// What the port allows a rule; bounds a subject's log.
    static let rateRuleMaximum = 100

    /// The longest path `sockaddr_un` holds on Linux; hiredis would cut a longer one silently.
    static let socketPathByteCount = 107
    /// Enough of an error reply for an operator.
    static let errorTextLength = 200
}
