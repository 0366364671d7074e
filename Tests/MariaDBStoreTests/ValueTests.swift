// The values the adapter decides with, without a server.

import Signup
import Testing

@testable import MariaDBStore

@Suite("MariaDB: the breaker")
struct BreakerTests {
    let origin = ContinuousClock.now

    @Test("after a failure nobody connects for a pause, then exactly one until it reports back")
    func oneProbe() {
        var breaker = Breaker()
        let healthy = breaker.admit(now: origin)
        let isNews = breaker.failed(now: origin)
        let early = breaker.admit(now: origin + .milliseconds(400))
        let probes = (0..<2).map { _ in breaker.admit(now: origin + .seconds(1)) }
        let wasAway = [breaker.succeeded(), breaker.succeeded()]
        #expect(healthy == .admitted)
        #expect(isNews)
        #expect(early == .refused(retryAfter: .milliseconds(600)))
        #expect(probes == [.admitted, .refused(retryAfter: Limits.breakerPause)])
        #expect(wasAway == [true, false])
        let recovered = (0..<2).map { _ in breaker.admit(now: origin + .seconds(1)) }
        #expect(recovered == [.admitted, .admitted])
    }

    @Test("the pause doubles to a bound")
    func backsOff() {
        var breaker = Breaker()
        var now = origin
        var pauses: [Duration] = []
        for _ in 0..<5 {
            _ = breaker.failed(now: now)
            guard case .refused(let pause) = breaker.admit(now: now) else { continue }
            pauses.append(pause)
            now += pause
        }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
    }
}

@Suite("MariaDB: attempts")
struct AttemptsTests {
    private static let lost = DatabaseError(code: 2013, message: "Lost connection", timedOut: false)
    private static let silent = DatabaseError(code: 2013, message: "Lost connection", timedOut: true)
    private static let deadlock = DatabaseError(code: 1213, message: "Deadlock found", timedOut: false)
    private static let readOnly = DatabaseError(code: 1290, message: "--read-only", timedOut: false)

    /// What befalls a transaction.
    private enum Event {
        case failed(DatabaseError, Attempts.Phase = .beforeCommit, wasKept: Bool = true)
        case noConnection
    }

    /// What it does about each, a pause's length aside; `nil` is "again".
    private func answers(_ events: [Event], isInTime: Bool = true) -> [BackendFailure.Kind?] {
        var attempts = Attempts(replayLimit: Limits.replays)
        return events.map { event in
            let step: Attempts.Step
            switch event {
            case .failed(let error, let phase, let wasKept):
                step = attempts.step(after: error, in: phase, wasKept: wasKept, isInTime: isInTime)
            case .noConnection:
                let failure = BackendFailure(.mariadb, .unavailable, reason: "refused")
                step = attempts.step(afterNoConnection: failure, mayBeTriedAgain: true, isInTime: isInTime)
            }
            if case .giveUp(let kind) = step { return kind }
            return nil
        }
    }

    @Test("a kept connection that was gone is replaced once, without anybody noticing")
    func keptConnection() {
        #expect(answers([.failed(Self.lost), .failed(Self.lost)]) == [nil, .unavailable])
        #expect(answers([.failed(Self.readOnly), .failed(Self.readOnly)]) == [nil, .unavailable])
    }

    @Test("a new connection that is lost, one that stays silent, and a passed deadline are failures at once")
    func noSecondTry() {
        #expect(answers([.failed(Self.lost, wasKept: false)]) == [.unavailable])
        #expect(answers([.failed(Self.silent)]) == [.unavailable])
        #expect(answers([.failed(Self.lost)], isInTime: false) == [.unavailable])
        #expect(answers([.noConnection]) == [.unavailable])
    }

    @Test("a lost COMMIT is repeated, and until a repetition comes through every failure is an unknown outcome")
    func lostCommit() {
        let events: [Event] = [.failed(Self.silent, .committing), .failed(Self.deadlock), .noConnection, .noConnection]
        #expect(answers(events + [.noConnection]) == [nil, nil, nil, nil, .outcomeUnknown])
        #expect(answers([.failed(Self.lost, .committing)], isInTime: false) == [.outcomeUnknown])
    }

    @Test("a deadlock at COMMIT is known to have changed nothing, and is replayed at most five times")
    func deadlocks() {
        let events = [Event](repeating: .failed(Self.deadlock, .committing), count: 6)
        #expect(answers(events) == [nil, nil, nil, nil, nil, .unavailable])
    }
}

@Suite("MariaDB: values")
struct ValueTests {
    @Test("a printed configuration tells where the database is, and never the password")
    func maskedPassword() {
        let configuration = MariaDBConfiguration(host: "db", user: "u", password: "hunter2", database: "d")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\([configuration])"] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(configuration)" == "mariadb://u:***@db:3306/d")
    }

    @Test("TLS is verified wherever the bytes leave the machine")
    func verifiedTLS() {
        func verifies(_ host: String, socket: String? = nil, ca: String? = nil) -> Bool {
            MariaDBConfiguration(host: host, socketPath: socket, user: "u", password: "p", database: "d", caFile: ca)
                .verifiesTLS
        }
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1"] { #expect(!verifies(host)) }
        for host in ["db.example.org", "10.0.0.1", "127.example.org", "localhost.example.org"] {
            #expect(verifies(host))
        }
        #expect(!verifies("db.example.org", socket: "/run/mysqld.sock"))
        #expect(verifies("127.0.0.1", ca: "/etc/ca.pem"))
    }

    @Test("a duplicate's key is known whatever the entry holds, and the entry is not repeated")
    func duplicateKey() {
        let message = "Duplicate entry 'it's for key 'x'' for key 'members_email'"
        let error = DatabaseError(code: 1062, message: message, timedOut: false)
        #expect(error.kind == .duplicate(key: "members_email"))
        #expect(!error.reason.contains("it's"))
    }

    @Test("a server that keeps no more prepared statements is full, not broken, and its words are told")
    func fullOfStatements() {
        let message = "Can't create more than max_prepared_stmt_count statements (current value: 16382)"
        let error = DatabaseError(code: 1461, message: message, timedOut: false)
        #expect(error.kind == .refused)
        #expect(error.reason == message)
    }

    @Test("lists are padded with their last value, to one of a few sizes")
    func paddedLists() {
        let statement = ListStatement("SELECT 1 IN (?*)")
        var sizes: Set<Int> = []
        for count in 1...Limits.listLength {
            let list = statement.padded((0..<count).map { .integer($0) })
            #expect(list.values.count - count < min(count, 8), "no more than needed")
            #expect(list.statement.text.count { $0 == "?" } == list.values.count)
            let numbers = list.values.map { value -> Int64? in
                if case .integer(let number) = value { number } else { nil }
            }
            #expect(numbers == list.values.indices.map { Int64(min($0, count - 1)) })
            sizes.insert(list.values.count)
        }
        #expect(sizes.count == 19, "the server keeps a statement for each")
    }
}
