// What people asked and were told: what the checker holds against the databases.

import Foundation
import Synchronization

/// One wish to join: an address and a nickname that no other wish of that address has.
struct Attempt: Sendable {
    let email: String
    let nickname: String
    let password: String
    var outcome = Outcome.unknown

    enum Outcome: Sendable {
        case acknowledged(signupID: String)
        case refused(reason: String)
        case unknown
    }
}

/// A code that was presented and taken.
struct Activation: Sendable {
    let signupID: String
    let memberID: Int
    let nickname: String
}

/// Shared by all threads of a run.
final class Ledger: Sendable {
    struct Content: Sendable {
        var attempts: [Attempt] = []
        /// Signups whose right code was sent to verify.
        var presented: Set<String> = []
        var activations: [Activation] = []
        /// Nicknames given to verify in place of the signup's.
        var replacements: [String: Set<String>] = [:]
        /// Wrong guesses that were compared with the codes of a signup.
        var wrongGuesses: [String: Int] = [:]
        /// Resends that were answered with a result, by signup.
        var acknowledgedResends: [String: Int] = [:]
        var violations: [Violation] = []
        var calls: [String: Int] = [:]
        var reasons: [String: Int] = [:]
        var closedConnections = 0
    }

    private let content = Mutex(Content())

    var snapshot: Content { content.withLock { $0 } }

    func record(_ attempt: Attempt) { content.withLock { $0.attempts.append(attempt) } }
    func present(_ signupID: String) { content.withLock { _ = $0.presented.insert(signupID) } }
    func record(_ activation: Activation) { content.withLock { $0.activations.append(activation) } }
    func replace(_ signupID: String, _ nickname: String) {
        content.withLock { _ = $0.replacements[signupID, default: []].insert(nickname) }
    }
    func guessedWrong(_ signupID: String) { content.withLock { $0.wrongGuesses[signupID, default: 0] += 1 } }
    func resent(_ signupID: String) { content.withLock { $0.acknowledgedResends[signupID, default: 0] += 1 } }
    func count(_ method: String) { content.withLock { $0.calls[method, default: 0] += 1 } }
    func countReason(_ reason: String) { content.withLock { $0.reasons[reason, default: 0] += 1 } }
    func countClosed() { content.withLock { $0.closedConnections += 1 } }

    func violate(_ invariant: Invariant, _ detail: String) {
        content.withLock { $0.violations.append(Violation(invariant: invariant, detail: detail)) }
    }
}
