// How large a run is. Everything else about it follows from the seed.

/// What a run does, and how often.
struct Plan: Sendable {
    var seed: UInt64
    /// People who sign up; some of them twice.
    var people: Int
    var programKills: Int
    var mariadbKills: Int
    var redisKills: Int
    var droppedCommits: Int
    /// COMMITs that never reach the server: the other half of an unknown outcome.
    var lostCommits: Int
    /// signupd is stopped for longer than a lease.
    var stops: Int
    /// Latency, half-open, cut and reset, each so often, before MariaDB and Redis.
    var storms: Int

    /// Mails that meet an SMTP fault, of a hundred.
    var mailFaultPercent = 20
    /// Instead of all the faults above: die at each named crash point.
    var isCrashTour = false

    /// The lease, and so what a stop must outlast.
    static let leaseSeconds = 5
    static let stopSeconds = 7
    /// Processes that share the database, so that one can take over what the other leased.
    static let programs = 2
    /// People who are served at once.
    static let crowd = 32
    /// People who come once everything has settled: nothing goes wrong any more, and the processes live on long enough to show
    /// whether they grow.
    static let calmPeople = 400
    /// How long the mail may take once everything is well again.
    static let settlingSeconds = 60

    /// No faults but the crashes (and the spoiled mails); as many people as it takes.
    mutating func beCrashTour() {
        (isCrashTour, people) = (true, 100_000)
        (programKills, mariadbKills, redisKills, droppedCommits, lostCommits, stops, storms) = (0, 0, 0, 0, 0, 0, 0)
    }
}
