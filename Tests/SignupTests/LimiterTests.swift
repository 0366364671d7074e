// Limits in this process's memory, and turns for requests that carry the same key.

import Testing

@testable import Signup

@Suite("the process's own rate limiter")
struct ProcessRateLimiterTests {
    private let limiter = ProcessRateLimiter()
    private let subject = RateSubject(kind: .mail, name: "mira@example.org")
    private let rules = [
        RateRule(maximum: 1, window: .seconds(60)), RateRule(maximum: 3, window: .seconds(3600)),
    ]

    private func charge(at seconds: Int64) async throws -> ChargeOutcome {
        let now = Timestamp(millisecondsSince1970: seconds * 1000)
        return try await limiter.charge(subject, rules: rules, now: now, deadline: .now + .seconds(1))
    }

    @Test("the tightest rule refuses, and its retry_after is the truth")
    func retryAfter() async throws {
        #expect(try await charge(at: 1000) == .charged)
        #expect(try await charge(at: 1030) == .limited(retryAfter: .seconds(30)))
        #expect(try await charge(at: 1060) == .charged)
        #expect(try await charge(at: 1120) == .charged)
        #expect(try await charge(at: 1180) == .limited(retryAfter: .seconds(3420)))
        #expect(try await charge(at: 4600) == .charged)
    }

    @Test("a refund makes the same charge pass again")
    func refund() async throws {
        #expect(try await charge(at: 1000) == .charged)
        limiter.refund(subject, chargedAt: Timestamp(millisecondsSince1970: 1_000_000))
        #expect(try await charge(at: 1001) == .charged)
    }

    @Test("asking for the delay charges nothing")
    func delay() async throws {
        let now = Timestamp(millisecondsSince1970: 1_000_000)
        let deadline = Deadline.now + .seconds(1)
        #expect(try await limiter.delay(subject, rules: rules, now: now, deadline: deadline) == .zero)
        #expect(try await charge(at: 1000) == .charged)
        let later = now + .seconds(10)
        #expect(try await limiter.delay(subject, rules: rules, now: later, deadline: deadline) == .seconds(50))
    }
}

private actor Order {
    private(set) var numbers: [Int] = []

    func append(_ number: Int) {
        numbers.append(number)
    }
}

@Suite("turns")
struct TurnsTests {
    @Test("those of one key run one after another, in the order they came; others do not wait")
    func inOrder() async {
        let turns = Turns()
        let order = Order()
        await turns.enter([1])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    await turns.enter([1])
                    await order.append(number)
                    await turns.leave([1])
                }
                // Each is in line before the next asks.
                while await turns.lengthOfLine([1]) <= number { await Task.yield() }
            }
            await turns.enter([2])
            await turns.leave([2])
            await turns.leave([1])
        }
        #expect(await order.numbers == [0, 1, 2, 3, 4])
        #expect(await turns.lengthOfLine([1]) == 0)
    }
}

@Suite("a client's network address")
struct ClientAddressTests {
    @Test(
        "limits count an IPv4 address, or the /64 of an IPv6 one",
        arguments: [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
            ("::1", "0:0:0:0::/64"),
        ]
    )
    func subject(text: String, subject: String) {
        #expect(ClientAddress(text)?.limitSubject == subject)
    }

    @Test(
        "anything else is refused",
        arguments: ["", "localhost", "203.0.113", "203.0.113.7:80", "[::1]", "fe80::1%eth0", "1.2.3.4\n", "::1\0"]
    )
    func refused(text: String) {
        #expect(ClientAddress(text) == nil)
    }
}
