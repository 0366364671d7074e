// One person: signs up, reads the mail, types the code; sometimes twice, sometimes wrong, sometimes again.

import Foundation

/// Lives on one thread, from the first request to the last.
struct Person {
    let email: String
    private let number: Int
    private let caller: Caller
    private let ledger: Ledger
    private let mailbag: Mailbag
    private let desks: Int
    private var random: SeededGenerator
    private var wishes = 0

    /// Tries of one request whose outcome stays unknown, each at another process: longer than any outage of a run.
    private static let tries = 60
    /// How long somebody looks into the mailbox before giving up; a dead letter never comes.
    private static let mailPatience: Duration = .seconds(15)
    private static let guesses = 12

    init(number: Int, seed: UInt64, desks: [Desk], ledger: Ledger, mailbag: Mailbag) {
        self.number = number
        self.ledger = ledger
        self.mailbag = mailbag
        self.desks = desks.count
        email = "person\(number)@example.org"
        caller = Caller(desks: desks, ledger: ledger)
        random = SeededGenerator(seed: seed, stream: 1_000_000 + UInt64(number))
    }

    /// Everything this person does.
    mutating func live() {
        let first = signUp()
        if random.happens(percent: 15) { _ = signUp() }
        guard let mail = waitForMail() else { return }
        let kind = Int.random(in: 0..<100, using: &random)
        switch kind {
        case ..<15:
            resend(mail.signupID)
            _ = verify(newestMail() ?? mail)
        case ..<27 where isOnlyCode(first):
            guessWrong(mail)
        case ..<32:
            break  // Never comes back.
        case ..<42:
            verifyTwiceAtOnce(mail)
        default:
            if random.happens(percent: 20) { _ = guess(mail, count: 2) }
            _ = verify(newestMail() ?? mail)
        }
    }

    // Signing up.

    /// Returns the signup's id, if it was told.
    private mutating func signUp() -> String? {
        wishes += 1
        // Every tenth pair wants the same nickname at the same time.
        let isRival = wishes == 1 && number / 2 % 10 == 0
        let nickname = isRival ? "pair \(number / 2)" : "person \(number) wish \(wishes)"
        var attempt = Attempt(email: email, nickname: nickname, password: Self.password(&random))
        var params: [String: Any] = ["email": email, "nickname": nickname, "password": attempt.password]
        // Without a key nobody may ask again after an unknown outcome.
        let hasKey = random.happens(percent: 80)
        if hasKey { params["_meta"] = ["idempotency_key": "\(email)/\(wishes)", "timeout_ms": 10_000] }
        attempt.outcome = outcome(of: ask("signup", params, isRepeatable: hasKey))
        ledger.record(attempt)
        switch attempt.outcome {
        case .acknowledged(let id): return id
        // Somebody else's: another one, then.
        case .refused("NICKNAME_TAKEN") where isRival: return signUp()
        default: return nil
        }
    }

    private func outcome(of answer: Answer) -> Attempt.Outcome {
        switch answer {
        case .result(let result): .acknowledged(signupID: result["signup_id"] as? String ?? "")
        case .refused(let reason, _): .refused(reason: reason)
        case .unknown: .unknown
        }
    }

    /// Letters that no hash or id can hold by chance, so that they can be searched for.
    private static func password(_ random: inout SeededGenerator) -> String {
        let letters = Array("bcdfghjkmnpqrstvwxyz")
        return "Kettle-" + String((0..<16).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
    }

    // Reading mail.

    private func waitForMail() -> Delivery? {
        let giveUpAt = ContinuousClock.now + Self.mailPatience
        while ContinuousClock.now < giveUpAt {
            if let mail = newestMail() { return mail }
            usleep(20_000)
        }
        return nil
    }

    private func newestMail() -> Delivery? { mailbag.mails(to: email).last }

    /// Whether this signup is the only one of its address, so that guesses meet exactly one code.
    private func isOnlyCode(_ signupID: String?) -> Bool {
        wishes == 1 && signupID != nil
    }

    // Codes.

    /// Types the code of a mail until the answer is definite.
    private mutating func verify(_ mail: Delivery) -> Answer {
        ledger.present(mail.signupID)
        var params: [String: Any] = ["code": typed(mail.code)]
        let names = Int.random(in: 0..<3, using: &random)
        if names != 0 { params["signup_id"] = mail.signupID }
        if names != 1 { params["email"] = email }
        var answer = ask("verify", params, isRepeatable: true)
        if case .refused("NICKNAME_TAKEN", _) = answer {
            // The rival was first; the code stays good for another nickname.
            let replacement = "person \(number)c"
            ledger.replace(mail.signupID, replacement)
            params["nickname"] = replacement
            answer = ask("verify", params, isRepeatable: true)
        }
        note(answer)
        return answer
    }

    private mutating func typed(_ code: String) -> String {
        random.happens(percent: 30) ? code.lowercased() : code
    }

    private func note(_ answer: Answer) {
        guard case .result(let result) = answer else { return }
        ledger.record(
            Activation(
                signupID: result["signup_id"] as? String ?? "",
                memberID: result["member_id"] as? Int ?? 0,
                nickname: result["nickname"] as? String ?? ""
            )
        )
    }

    /// The same code at both processes at the same moment.
    private mutating func verifyTwiceAtOnce(_ mail: Delivery) {
        ledger.present(mail.signupID)
        let params: [String: Any] = ["code": mail.code, "signup_id": mail.signupID, "email": email]
        for answer in caller.callEverywhere("verify", params, count: 1) { note(answer) }
        _ = verify(mail)
    }

    /// More wrong guesses at once than a code survives, at both processes; then the right one, which comes too late.
    private mutating func guessWrong(_ mail: Delivery) {
        let counted = guess(mail, count: Self.guesses)
        if case .result = verify(mail), counted >= 5 {
            ledger.violate(.fiveGuesses, "a code was taken after \(counted) wrong guesses were answered")
        }
    }

    /// - Returns: how many guesses were compared with the code, as far as the answers tell.
    private mutating func guess(_ mail: Delivery, count: Int) -> Int {
        let wrong = mail.code == "222222" ? "333333" : "222222"
        let params: [String: Any] = ["code": wrong, "signup_id": mail.signupID, "email": email]
        let answers =
            count > 2
            ? caller.callEverywhere("verify", params, count: count / desks)
            : caller.call(Int.random(in: 0..<desks, using: &random), Array(repeating: ("verify", params), count: count))
        let counted = answers.count { answer in
            // Without attempts_left there was no live code to compare with.
            guard case .refused("CODE_INCORRECT_OR_EXPIRED", let data) = answer else { return false }
            return data["attempts_left"] != nil
        }
        for _ in 0..<counted { ledger.guessedWrong(mail.signupID) }
        return counted
    }

    private mutating func resend(_ signupID: String) {
        let params: [String: Any] = [
            "signup_id": signupID, "_meta": ["idempotency_key": "resend/\(email)", "timeout_ms": 10_000],
        ]
        if case .result = ask("resend", params, isRepeatable: true) { ledger.resent(signupID) }
    }

    /// Asks until the answer is definite, each time at another process.
    private mutating func ask(_ method: String, _ params: [String: Any], isRepeatable: Bool) -> Answer {
        let first = Int.random(in: 0..<desks, using: &random)
        var answer = Answer.unknown
        for number in 0..<(isRepeatable ? Self.tries : 1) {
            answer = caller.call((first + number) % desks, method, params)
            switch answer {
            case .unknown, .refused("OVERLOADED", _), .refused("SHUTTING_DOWN", _): continue
            default: return answer
            }
        }
        return answer
    }
}

extension Caller {
    /// Sends `count` of a request to every process at once, then reads the answers.
    func callEverywhere(_ method: String, _ params: [String: Any], count: Int) -> [Answer] {
        let requests = Array(repeating: (method: method, params: params), count: count)
        let pending = desks.indices.map { begin($0, requests) }
        return pending.flatMap { finish($0) }
    }
}
