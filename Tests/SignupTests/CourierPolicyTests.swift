// When owed mail is tried again and when it is given up: the arithmetic, without a clock.

import Testing

@testable import Signup

@Suite("the courier's policy")
struct CourierPolicyTests {
    let policy = CourierPolicy()

    private func disposition(
        _ stage: MailFailure.Stage,
        _ code: Int?,
        attempts: Int = 1,
        age: Duration = .zero,
        jitter: Double = 0
    ) -> FailureDisposition {
        let failure = MailFailure(stage: stage, replyCode: code, reply: "x")
        return policy.disposition(of: failure, attempts: attempts, owedSince: age, jitter: jitter)
    }

    @Test(
        "what is not the row's fault holds the transport back and costs the row nothing",
        arguments: [MailFailure.Stage.connect, .tls, .greeting, .authentication, .sender, .local]
    )
    func everyonesFault(stage: MailFailure.Stage) {
        #expect(disposition(stage, 550, attempts: 1000, age: .seconds(1_000_000)) == .transport)
    }

    @Test("a refusal for good at RCPT, DATA or the dot is a dead letter at once", arguments: [500, 550, 554, 599])
    func refusedForGood(code: Int) {
        for stage in [MailFailure.Stage.recipient, .data, .content] {
            #expect(disposition(stage, code) == .dead)
        }
    }

    @Test("a refusal for now, a timeout and a lost connection are tried again", arguments: [nil, 421, 450, 452, 499])
    func refusedForNow(code: Int?) {
        for stage in [MailFailure.Stage.recipient, .data, .content] {
            #expect(disposition(stage, code) == .retry(after: .seconds(5)))
        }
    }

    @Test("pauses double from 5 seconds to 10 minutes")
    func pauses() {
        let pauses = (1...9).map { disposition(.recipient, 450, attempts: $0) }
        let seconds = [5, 10, 20, 40, 80, 160, 320, 600, 600]
        #expect(pauses == seconds.map { .retry(after: .seconds($0)) })
    }

    @Test("jitter moves a pause by half of it at most")
    func jitter() {
        #expect(disposition(.recipient, 450, attempts: 2, jitter: 1) == .retry(after: .seconds(15)))
        #expect(disposition(.recipient, 450, attempts: 2, jitter: -1) == .retry(after: .seconds(5)))
    }

    @Test("after an hour of its own failures a row is dead, and not before")
    func anHourOfFailures() {
        // 5+10+…+320 = 635 s after 7 pauses, then 600 s each: 3,635 s after 12.
        #expect(disposition(.recipient, 450, attempts: 12) == .retry(after: .seconds(600)))
        #expect(disposition(.recipient, 450, attempts: 13) == .dead)
    }

    @Test("a day after the signup a row that kept failing is dead sooner, but not at its first failure")
    func aDayInAll() {
        #expect(disposition(.recipient, 450, age: .seconds(90_000)) == .retry(after: .seconds(5)))
        // 635 s of pauses after 7 attempts, 1,235 s after 8: over a quarter of an hour.
        #expect(disposition(.recipient, 450, attempts: 8, age: .seconds(86_400)) == .retry(after: .seconds(600)))
        #expect(disposition(.recipient, 450, attempts: 9, age: .seconds(86_399)) == .retry(after: .seconds(600)))
        #expect(disposition(.recipient, 450, attempts: 9, age: .seconds(86_400)) == .dead)
    }
}

@Suite("the transport's breaker")
struct TransportBreakerTests {
    private let start = ContinuousClock.now

    @Test("closed, it lets every free connection begin")
    func closed() {
        let breaker = TransportBreaker(base: .seconds(1), ceiling: .seconds(60))
        #expect(breaker.permitted(free: 8, underWay: 0, now: start) == 8)
    }

    @Test("a fault opens it; then one probe at a time until one succeeds")
    func opens() {
        var breaker = TransportBreaker(base: .seconds(1), ceiling: .seconds(60))
        breaker.recordFault(now: start, jitter: 1)
        #expect(breaker.permitted(free: 8, underWay: 0, now: start + .milliseconds(999)) == 0)
        #expect(breaker.isOpen(now: start + .milliseconds(999)))
        #expect(!breaker.isOpen(now: start + .seconds(1)))
        #expect(breaker.permitted(free: 8, underWay: 0, now: start + .seconds(1)) == 1)
        #expect(breaker.permitted(free: 7, underWay: 1, now: start + .seconds(1)) == 0)
        breaker.recordSuccess()
        #expect(breaker.permitted(free: 8, underWay: 0, now: start) == 8)
    }

    @Test("eight sends that fail together count as one fault")
    func oneFault() {
        var breaker = TransportBreaker(base: .seconds(1), ceiling: .seconds(60))
        for _ in 0..<8 { breaker.recordFault(now: start, jitter: 1) }
        #expect(breaker.openUntil == start + .seconds(1))
    }

    @Test("pauses double up to the ceiling")
    func doubles() {
        var breaker = TransportBreaker(base: .seconds(1), ceiling: .seconds(60))
        var now = start
        var pauses: [Duration] = []
        for _ in 0..<8 {
            breaker.recordFault(now: now, jitter: 1)
            let openUntil = breaker.openUntil ?? now
            pauses.append(openUntil - now)
            now = openUntil
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    }
}
