// A door in front of the mail server that understands SMTP: it spoils a share of the mails, and notes each one that the
// server behind it accepted.

import Foundation
import Synchronization

/// What goes wrong with a mail.
enum MailFault: CaseIterable, Sendable {
    case refusedForNow, refusedForGood, dataRefusedForNow, senderRefusedForNow
    case resetAtRecipient, cutInData, silentInData, replyDropped
    case serviceClosing
}

/// One per signupd process, so that it is known who sent what.
final class SMTPProxy: Sendable {
    let port: UInt16
    /// How many mails met which fault.
    let faultsDone = Mutex<[MailFault: Int]>([:])
    private let isHealed = Mutex(false)
    private let isHolding = Mutex(false)
    private let random: Mutex<SeededGenerator>
    private let faultPercent: Int

    init(port: UInt16, back: UInt16, sender: Int, mailbag: Mailbag, faultPercent: Int, random: SeededGenerator) throws {
        self.port = port
        self.random = Mutex(random)
        self.faultPercent = faultPercent
        let listener = try Endpoint.loopback(port: port).listen()
        Thread.detachNewThread { [self] in
            acceptForever(listener) { client in
                guard let server = Endpoint.loopback(port: back).connect() else { return client.reset() }
                SMTPRelay(client: client, server: server, sender: sender, mailbag: mailbag) {
                    self.nextFault()
                } isHolding: {
                    self.isHolding.withLock { $0 }
                }.run()
            }
        }
    }

    /// While it holds, mails go as far as their final dot and wait there; then their connections break.
    func setHolding(_ isHolding: Bool) { self.isHolding.withLock { $0 = isHolding } }

    func heal() { isHealed.withLock { $0 = true } }

    /// One in `faultPercent` mails. A mailbox that refuses for good is rarer: it makes a dead letter.
    private func nextFault() -> MailFault? {
        if isHealed.withLock({ $0 }) { return nil }
        let fault = random.withLock { random -> MailFault? in
            guard random.happens(percent: faultPercent) else { return nil }
            guard let fault = MailFault.allCases.randomElement(using: &random) else { return nil }
            return fault == .refusedForGood && random.happens(percent: 70) ? .refusedForNow : fault
        }
        if let fault { faultsDone.withLock { $0[fault, default: 0] += 1 } }
        return fault
    }
}
