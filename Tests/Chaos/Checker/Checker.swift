// Holds what people were told, what arrived and what the databases hold against each other.

import Cryptography
import Foundation

/// Everything a run left behind.
struct Evidence {
    let ledger: Ledger.Content
    let deliveries: [Delivery]
    let snapshot: Snapshot
    let disturbances: [Disturbance]
    /// How often the mail server said that there is no such mailbox.
    let refusalsForGood: Int
}

/// One function an invariant; each returns what is wrong.
struct Checker {
    private let evidence: Evidence
    private let signups: [String: Snapshot.Signup]
    private let mails: [String: Snapshot.Mail]
    private let mailsBySignup: [String: [Snapshot.Mail]]
    private let deliveries: [String: [Delivery]]

    init(_ evidence: Evidence) {
        self.evidence = evidence
        signups = Dictionary(evidence.snapshot.signups.map { ($0.id, $0) }) { first, _ in first }
        mails = Dictionary(evidence.snapshot.outbox.map { ($0.name, $0) }) { first, _ in first }
        mailsBySignup = Dictionary(grouping: evidence.snapshot.outbox, by: \.signupID)
        deliveries = Dictionary(grouping: evidence.deliveries) { Self.name($0) }
    }

    func violations() -> [Violation] {
        let found: [(Invariant, [String])] = [
            (.acknowledgedIsMailed, acknowledgedIsMailed()),
            (.mailHasRow, mailHasRow()),
            (.errorMakesNobody, errorMakesNobody()),
            (.memberIsTheirs, memberIsTheirs()),
            (.fiveGuesses, fiveGuesses()),
            (.unique, unique()),
            (.duplicatesExplained, duplicatesExplained()),
        ]
        return evidence.ledger.violations
            + found.flatMap { invariant, details in details.map { Violation(invariant: invariant, detail: $0) } }
    }

    /// The Message-ID without its domain.
    private static func name(_ delivery: Delivery) -> String {
        String(delivery.messageID.prefix { $0 != "@" })
    }

    private func acknowledgedIsMailed() -> [String] {
        var details: [String] = []
        for case .acknowledged(let id) in evidence.ledger.attempts.map(\.outcome) {
            guard signups[id] != nil else {
                details.append("signup \(id) was acknowledged and is not there")
                continue
            }
            let owed = mailsBySignup[id] ?? []
            let expected = 1 + (evidence.ledger.acknowledgedResends[id] ?? 0)
            if owed.count < expected { details.append("signup \(id) owes \(owed.count) mails, not \(expected)") }
        }
        // Given up is what was refused for good: no other fault here lasts long enough.
        let deadCount = evidence.snapshot.outbox.count { $0.state == "dead" }
        if deadCount > evidence.refusalsForGood {
            details.append("\(deadCount) mails were given up, and \(evidence.refusalsForGood) refused for good")
        }
        // Sent means accepted, for whoever signed up without hearing of it too.
        for mail in evidence.snapshot.outbox where mail.state == "sent" && deliveries[mail.name] == nil {
            details.append("mail \(mail.name) is marked sent and was never accepted")
        }
        return details
    }

    private func mailHasRow() -> [String] {
        evidence.deliveries.compactMap { delivery in
            guard let mail = mails[Self.name(delivery)] else { return "mail \(delivery.messageID) has no row" }
            return mail.recipient == delivery.recipient ? nil : "mail \(delivery.messageID) went elsewhere"
        }
    }

    private func errorMakesNobody() -> [String] {
        let wishes = Set(evidence.snapshot.signups.map { "\($0.email) \($0.nickname)" })
        return evidence.ledger.attempts.compactMap { attempt in
            guard case .refused(let reason) = attempt.outcome, wishes.contains("\(attempt.email) \(attempt.nickname)")
            else { return nil }
            return "\(attempt.nickname) was told \(reason) and signed up all the same"
        }
    }

    private func memberIsTheirs() -> [String] {
        let attempts = Dictionary(grouping: evidence.ledger.attempts, by: \.email)
        var details: [String] = []
        for member in evidence.snapshot.members {
            guard let signup = signups[member.signupID], signup.email == member.email, signup.isVerified else {
                details.append("member \(member.id) has no verified signup")
                continue
            }
            if !evidence.ledger.presented.contains(member.signupID) {
                details.append("member \(member.id): nobody presented the code of signup \(member.signupID)")
            }
            let wishes = (attempts[member.email] ?? []).filter { isWish($0, behind: signup) }
            if member.nickname != signup.nickname || member.passwordHash != signup.passwordHash
                || !wishes.contains(where: { isPassword($0.password, of: member) })
            {
                details.append("member \(member.id) has not the nickname and password of signup \(member.signupID)")
            }
        }
        let members = Dictionary(evidence.snapshot.members.map { ($0.signupID, $0) }) { first, _ in first }
        for signup in evidence.snapshot.signups where signup.isVerified && members[signup.id] == nil {
            details.append("signup \(signup.id) is verified and nobody's")
        }
        for activation in evidence.ledger.activations where members[activation.signupID]?.id != activation.memberID {
            details.append("signup \(activation.signupID) was told it is member \(activation.memberID) and is not")
        }
        return details
    }

    /// By its nickname, or, where another was given at verify, by the id it was answered with.
    private func isWish(_ attempt: Attempt, behind signup: Snapshot.Signup) -> Bool {
        if attempt.nickname == signup.nickname { return true }
        guard evidence.ledger.replacements[signup.id]?.contains(signup.nickname) == true else { return false }
        switch attempt.outcome {
        case .acknowledged(let id): return id == signup.id
        case .unknown: return true
        case .refused: return false
        }
    }

    private func isPassword(_ password: String, of member: Snapshot.Member) -> Bool {
        // A hash that cannot be read is nobody's, and so a violation.
        (try? Argon2id.verify(SecretBytes(Array(password.utf8)), against: member.passwordHash)) == true
    }

    private func fiveGuesses() -> [String] {
        var details: [String] = []
        for (signupID, count) in evidence.ledger.wrongGuesses {
            let limit = 5 * (mailsBySignup[signupID]?.count ?? 0)
            if count > limit {
                details.append("\(count) wrong guesses at signup \(signupID) were evaluated, not \(limit)")
            }
        }
        let activations = Dictionary(grouping: evidence.ledger.activations, by: \.signupID)
        for (signupID, answers) in activations where Set(answers.map(\.memberID)).count > 1 {
            details.append("signup \(signupID) was activated more than once")
        }
        return details
    }

    private func unique() -> [String] {
        func repeated(_ what: String, _ keys: [String]) -> [String] {
            Dictionary(grouping: keys) { $0 }.filter { $1.count > 1 }.map { "\($1.count) \(what) \($0)" }
        }
        let wishes = evidence.snapshot.signups.map { "\($0.email) \($0.nickname)" }
        return repeated("members of address", evidence.snapshot.members.map(\.email))
            + repeated("members of nickname", evidence.snapshot.members.map(\.nicknameKey))
            + repeated("signups of one request by", wishes)
    }

    private func duplicatesExplained() -> [String] {
        var details: [String] = []
        for (name, copies) in deliveries where copies.count > 1 {
            if Set(copies.map(\.code)).count > 1 || Set(copies.map(\.recipient)).count > 1 {
                details.append("the copies of mail \(name) differ")
            }
            for (earlier, later) in zip(copies, copies.dropFirst()) where !isExplained(earlier, later) {
                details.append("mail \(name) was sent again although its sender was told that it was accepted")
            }
        }
        return details
    }

    /// The sender did not hear of the acceptance, or something kept it from writing it down.
    private func isExplained(_ earlier: Delivery, _ later: Delivery) -> Bool {
        !earlier.isReplyForwarded
            || evidence.disturbances.contains { disturbance in
                (disturbance.sender ?? earlier.sender) == earlier.sender
                    && disturbance.from <= later.acceptedAt && earlier.acceptedAt <= disturbance.to
            }
    }
}
