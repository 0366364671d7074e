// When owed mail is tried again, and when it is given up.

/// The courier's times. Every bound it keeps is here.
public struct CourierPolicy: Sendable {
    /// The first pause after an attempt that failed for the row's own reasons; doubled each time.
    public var retryBase: Duration = .seconds(5)
    /// The longest pause: a mailbox that is full for an hour is tried six times in it.
    public var retryCeiling: Duration = .seconds(600)
    /// Pauses of the row's own failures that may add up before it is a dead letter.
    public var failingFor: Duration = .seconds(3600)
    /// A row this old is given up sooner: after a quarter of those pauses. Not at its first failure, for a transport that was
    /// away for a day ages no row.
    public var owedFor: Duration = .seconds(86_400)
    /// How long a claim keeps other couriers off a row.
    public var lease: Duration = .seconds(180)
    /// Mails that leave in an hour, of all couriers over one outbox; 0 for no cap. Beyond it mail waits in the outbox.
    public var mailsPerHour = 0
    /// How long a code lives from its mailing.
    public var codeLifetime: Duration = .seconds(3600)
    /// The longest wait between two looks for mail that another process owes.
    public var pollInterval: Duration = .seconds(2)
    /// How long one call to a store may take before the courier backs off.
    public var storeTimeout: Duration = .seconds(15)

    /// Rows that are made ready at most while the connections are busy with others: what they send in some 30 ms at the best
    /// rate measured, so that a claim fills one of the store's lists of 128; and what a courier that dies keeps from the others
    /// until the leases end.
    public static let mostAhead = 248
    /// Rows that are sent may wait so many for their settlement: those that gather while others are written down.
    static let mostUnsettled = 384
    /// How long the first of a claim's rows to come back waits for others, to be written down with them: at the best rate measured
    /// some 80 come. A process that is killed meanwhile sends them once more.
    static let gatheringTime: Duration = .milliseconds(10)

    /// The times of the design.
    public init() {}

    /// A send must end well within its lease: a third leaves room for the claim, the code and the settlement.
    public var sendTimeout: Duration { lease / 3 }
    /// How long a code lives from its installation, so that it lives as long as promised from the moment in which its mail was
    /// accepted: a row may wait for its turn as long as a send may take, and its send then takes as long again.
    public var installedCodeLifetime: Duration { sendTimeout * 2 + codeLifetime }

    /// The pause before the transport is tried again after its first fault; it doubles to the ceiling below.
    var transportRetryBase: Duration { retryBase / 5 }
    var transportRetryCeiling: Duration { retryBase * 12 }
}

/// What becomes of a row after an attempt failed.
enum FailureDisposition: Equatable {
    /// The row's own: tried again after the pause.
    case retry(after: Duration)
    /// The row's own, for good.
    case dead
    /// Not the row's fault: the whole transport waits, the row keeps its attempt.
    case transport
}

extension CourierPolicy {
    /// Tells a row's own failures from everyone's (RFC 5321: 4yz is worth another try, 5yz is not).
    ///
    /// - Parameters:
    ///   - attempts: counting this one.
    ///   - jitter: −1…1, drawn anew each time.
    func disposition(of failure: MailFailure, attempts: Int, owedSince age: Duration, jitter: Double)
        -> FailureDisposition
    {
        switch failure.stage {
        case .connect, .tls, .greeting, .authentication, .sender, .local:
            return .transport
        case .recipient, .data, .content:
            if let code = failure.replyCode, (500...599).contains(code) { return .dead }
            let failed = pausesSoFar(attempts: attempts)
            if failed >= failingFor || (age >= owedFor && failed >= failingFor / 4) { return .dead }
            return .retry(after: pause(attempts: attempts) * (1 + 0.5 * max(-1, min(1, jitter))))
        }
    }

    /// The nominal pause after the n-th attempt: base × 2ⁿ⁻¹, up to the ceiling.
    private func pause(attempts: Int) -> Duration {
        // 2³⁰ bases are past every ceiling; the bound keeps the shift in range.
        min(retryBase * (1 << max(0, min(30, attempts - 1))), retryCeiling)
    }

    private func pausesSoFar(attempts: Int) -> Duration {
        // Sixty pauses of the shortest ceiling in use are past every bound.
        (1..<max(1, min(attempts, 1000))).reduce(Duration.zero) { $0 + pause(attempts: $1) }
    }
}
