// The rate limiter's calls as scripts over the one key of a subject.

public import Signup

extension RedisStore: RateLimiter {
    public func charge(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> ChargeOutcome {
        let wait = try await wait(.charge, subject, rules, now, deadline)
        return wait > .zero ? .limited(retryAfter: wait) : .charged
    }

    public func refund(_ subject: RateSubject, chargedAt: Timestamp) {
        enqueue(
            .script(.refund, key: keys.charges(of: subject)) { arguments in
                arguments.append(chargedAt.millisecondsSince1970)
            }
        )
    }

    public func delay(
        _ subject: RateSubject,
        rules: [RateRule],
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> Duration {
        try await wait(.delay, subject, rules, now, deadline)
    }

    /// Both scripts answer with the milliseconds until a charge passes, 0 if it passes now.
    private func wait(
        _ script: Script,
        _ subject: RateSubject,
        _ rules: [RateRule],
        _ now: Timestamp,
        _ deadline: Deadline
    ) async throws(BackendFailure) -> Duration {
        // No rule can refuse, and none will ever look at what would be logged.
        if rules.isEmpty { return .zero }
        let command = RedisCommand.script(script, key: keys.charges(of: subject)) { arguments in
            arguments.append(now.millisecondsSince1970)
            for rule in rules {
                precondition((1...Bounds.rateRuleMaximum).contains(rule.maximum), "a rule's maximum is 1 to 100")
                arguments.append(Int64(rule.maximum))
                arguments.append(rule.window.wholeMilliseconds)
            }
        }
        let reply = try await run(command, deadline: deadline)
        guard case .integer(let milliseconds) = reply else {
            throw BackendFailure(unexpected: reply, to: "\(script)")
        }
        return .milliseconds(milliseconds)
    }
}
