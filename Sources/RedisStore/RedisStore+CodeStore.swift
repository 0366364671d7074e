// The code store's calls as scripts over the one key of an address.

import Cryptography
import Logging
public import Signup

extension RedisStore: CodeStore {
    public func install(
        _ code: CodeInstallation,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) {
        try noteInstalled(try await run(installation(of: code, now: now), deadline: deadline))
    }

    public func install(
        _ codes: [CodeInstallation],
        now: Timestamp,
        deadline: Deadline
    ) async -> [Result<Void, BackendFailure>] {
        let replies = await run(codes.map { installation(of: $0, now: now) }, deadline: deadline)
        return replies.map { reply in
            reply.flatMap { reply in
                Result { () throws(BackendFailure) in try noteInstalled(reply) }
            }
        }
    }

    private func installation(of code: CodeInstallation, now: Timestamp) -> RedisCommand {
        .script(.install, key: keys.codes(of: code.email)) { arguments in
            arguments.append(now.millisecondsSince1970)
            arguments.append(hexadecimal: code.signupID.bytes)
            arguments.append(Int64(code.issue))
            arguments.append(code.expiresAt.millisecondsSince1970)
            arguments.append(code.digest.bytes)
        }
    }

    private func noteInstalled(_ reply: RedisReply) throws(BackendFailure) {
        guard case .integer(let evicted) = reply else { throw BackendFailure(unexpected: reply, to: "install") }
        if evicted > 0 {
            logger.warning(
                "An address has more live codes than are kept; those that would expire first were dropped",
                metadata: ["dropped": "\(evicted)", "kept": "\(Bounds.codesPerAddress)"]
            )
        }
    }

    public func evaluate(
        _ guess: CodeGuess,
        now: Timestamp,
        deadline: Deadline
    ) async throws(BackendFailure) -> GuessOutcome {
        let command = RedisCommand.script(.evaluate, key: keys.codes(of: guess.email)) { arguments in
            arguments.append(now.millisecondsSince1970)
            if let signupID = guess.signupID {
                arguments.append(hexadecimal: signupID.bytes)
            } else {
                arguments.append("")
            }
            arguments.append(Int64(guess.tries))
            arguments.append(Int64(guess.dailyGuesses))
            for digest in guess.digests { arguments.append(digest.bytes) }
        }
        // A match goes to the account store next; whatever else is answered is logged and written, which is no work for that thread.
        let reply = try await run(command, deadline: deadline, continuesHere: GuessOutcome.isMatch)
        guard let outcome = GuessOutcome(reply) else { throw BackendFailure(unexpected: reply, to: "evaluate") }
        return outcome
    }

    public func retire(signupID: SignupID, email: String, now: Timestamp) {
        enqueue(
            .script(.retire, key: keys.codes(of: email)) { arguments in
                arguments.append(now.millisecondsSince1970)
                arguments.append(hexadecimal: signupID.bytes)
            }
        )
    }

    /// Redis may come back empty.
    public var keepsGuessesSafely: Bool { false }

    public func recallWrongGuesses(_ count: Int, email: String, date: Timestamp, now: Timestamp) {
        enqueue(
            .script(.recall, key: keys.codes(of: email)) { arguments in
                arguments.append(now.millisecondsSince1970)
                arguments.append(Int64(count))
                arguments.append(date.millisecondsSince1970)
            }
        )
    }
}

extension GuessOutcome {
    /// What the script answers a match with.
    private static let (lasting, ending) = ("match", "ending")

    @Sendable
    fileprivate static func isMatch(_ reply: RedisReply) -> Bool {
        guard case .text(let text) = reply else { return false }
        return text.utf8.starts(with: lasting.utf8) || text.utf8.starts(with: ending.utf8)
    }

    /// Reads what the script answers: a word and what belongs to it.
    fileprivate init?(_ reply: RedisReply) {
        guard case .text(let text) = reply else { return nil }
        guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let (word, detail) = (text[..<space], text[text.utf8.index(after: space)...])
        if word == Self.lasting || word == Self.ending {
            guard let bytes = Hexadecimal.decode(detail), let signupID = SignupID(bytes: bytes) else { return nil }
            self = .match(signupID, isEnding: word == Self.ending)
            return
        }
        guard let number = Int(detail) else { return nil }
        switch word {
        case "incorrect": self = .incorrect(attemptsLeft: number < 0 ? nil : number)
        case "exhausted": self = .exhausted
        case "limited": self = .rateLimited(retryAfter: .milliseconds(number))
        default: return nil
        }
    }
}
