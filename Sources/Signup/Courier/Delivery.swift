// One row's way from "ready" to its outcome in the outbox.

import Logging

extension Courier {
    /// How a row's way to the transport ended, before that is written down.
    enum Ending {
        /// The row has its outcome.
        case settles(Settlement)
        /// Something everyone needs is away; the row is owed as before.
        case fault(String)
        /// Nothing was sent: the lease goes back.
        case unbegun
        /// Another courier owns the row by now.
        case lost
    }

    /// Sends the row if it is ready, and writes down what became of it.
    func deliver(_ prepared: PreparedMail, desk: CourierDesk) async {
        let (mail, ending): (OwedMail, Ending)
        var wasAnswered = false
        switch prepared {
        case .ready(let ready):
            (mail, ending) = (ready.mail, await send(ready, desk: desk))
            if case .settles = ending { wasAnswered = true }
        case .ended(let ended, let reason):
            (mail, ending) = (ended, reason)
        }
        // The connection is free: what is left to do for this row keeps no other from it.
        if desk.sendEnded(wasAnswered: wasAnswered, now: .now) { bell.ring() }
        let isSettled = await writeDown(ending, of: mail, desk: desk)
        if desk.finished(allWorks: wasAnswered && isSettled, now: .now) { bell.ring() }
    }

    private func send(_ ready: ReadyMail, desk: CourierDesk) async -> Ending {
        let mail = ready.mail
        do throws(MailFailure) {
            CrashPoint.sendBeforeTransport.reach()
            let reply = try await transport.send(message(of: ready.draft)) {
                let now = ContinuousClock.now
                return now < ready.beginBy && desk.mayBegin(now: now)
            }
            guard let reply else { return .unbegun }
            CrashPoint.sendAfterTransport.reach()
            return .settles(.sent(reply: reply, codeExpiresAt: ready.codeExpiresAt))
        } catch {
            CrashPoint.sendAfterFailure.reach()
            let disposition = policy.disposition(
                of: error,
                attempts: mail.attempts,
                owedSince: clock.now().since(mail.createdAt),
                jitter: Double.random(in: -1...1)
            )
            switch disposition {
            case .retry(let pause):
                let dueAt = clock.now() + pause
                return .settles(.retry(dueAt: dueAt, reply: error.description, countsAttempt: true))
            case .dead:
                return .settles(.dead(reply: error.description))
            case .transport:
                return .fault(error.description)
            }
        }
    }

    private func message(of draft: MailDraft) -> MailMessage {
        let mail = draft.mail
        return MailMessage(
            recipient: draft.recipient,
            content: composer.compose(
                mail.template,
                code: draft.code,
                locale: mail.locale,
                lifetime: policy.codeLifetime
            ),
            messageIDLocalPart: "\(mail.signupID).\(mail.template.rawValue).\(mail.issue)",
            date: mail.createdAt
        )
    }

    /// - Returns: whether the row has the outcome that it should.
    private func writeDown(_ ending: Ending, of mail: OwedMail, desk: CourierDesk) async -> Bool {
        switch ending {
        case .settles(let settlement):
            return await settle(mail, as: settlement, desk: desk)
        case .fault(let reason):
            // Before anything else: the rows that wait for their turn need not find out one by one.
            fault(desk, "mail waits for a backend", reason)
            // Owed again at once, the attempt given back; the breaker decides when "at once" is.
            let settlement = Settlement.retry(dueAt: clock.now(), reply: reason, countsAttempt: false)
            return await settle(mail, as: settlement, desk: desk)
        case .unbegun:
            await giveBack(mail)
        case .lost:
            noteLost(mail)
        }
        return false
    }

    private func noteLost(_ mail: OwedMail) {
        logger.notice("a lease ran out before its mail was sent", metadata: ["outbox_id": "\(mail.lease.outboxID)"])
    }

    /// Writes the outcome down, again and again while the store is away and the lease may still be ours: a mail that was
    /// accepted must not be sent twice for want of a note.
    private func settle(_ mail: OwedMail, as settlement: Settlement, desk: CourierDesk) async -> Bool {
        let giveUpAt = ContinuousClock.now + policy.lease
        // An answer that was lost: the next try finds the row settled already, by us.
        var mayBeDone = false
        while true {
            do throws(BackendFailure) {
                let now = clock.now()
                let deadline = Deadline.now + policy.storeTimeout
                let isOurs = try await outbox.settle(mail.lease, as: settlement, now: now, deadline: deadline)
                guard isOurs || mayBeDone else {
                    noteLost(mail)
                    return false
                }
                CrashPoint.sendAfterSettlement.reach()
                if settlement.isFinal { bell.settled(mail.signupID) }
                return true
            } catch {
                if error.kind == .outcomeUnknown { mayBeDone = true }
                guard ContinuousClock.now < giveUpAt, !Task.isCancelled else {
                    fault(desk, "mail waits for a backend", error.description)
                    return false
                }
                // Uncancelled: sleeping is all there is to do. Cancelled: the guard above ends the loop.
                try? await Task.sleep(for: policy.transportRetryBase)
            }
        }
    }

    private func giveBack(_ mail: OwedMail) async {
        do throws(BackendFailure) {
            try await outbox.release([mail.lease], now: clock.now(), deadline: .now + policy.storeTimeout)
        } catch {
            logger.notice("a lease is left to run out", metadata: ["cause": "\(error)"])
        }
    }
}

extension Settlement {
    /// Whether nothing more is owed for this row.
    fileprivate var isFinal: Bool {
        switch self {
        case .sent, .dead: true
        case .retry, .reissued: false
        }
    }
}
