// Writes down what became of rows, whose way has ended, in the outbox.

import Logging

/// A row with the outcome that it should have, and is not known to have yet.
private struct Unsettled {
    let mail: OwedMail
    let settlement: Settlement
    let wasAnswered: Bool
    /// An answer was lost: the next try finds the row settled already, by us.
    var mayBeDone = false
}

extension Courier {
    func writeDown(_ returns: [MailReturn], desk: CourierDesk) async {
        var unsettled: [Unsettled] = []
        var unbegun: [OwedMail] = []
        for item in returns {
            switch item.ending {
            case .settles(let settlement):
                unsettled.append(
                    Unsettled(mail: item.mail, settlement: settlement, wasAnswered: item.wasAnswered)
                )
            case .fault(let reason):
                // Owed again at once, the attempt given back; the breaker decides when "at once" is.
                let settlement = Settlement.retry(dueAt: clock.now(), reply: reason, countsAttempt: false)
                unsettled.append(Unsettled(mail: item.mail, settlement: settlement, wasAnswered: false))
            case .unbegun:
                unbegun.append(item.mail)
            case .lost:
                noteLost(item.mail)
                finish(allWorks: false, desk)
            }
        }
        await giveBack(unbegun, desk: desk)
        await settle(unsettled, desk: desk)
    }

    /// Writes the outcomes down, again and again while the store is away and the leases may still be ours: a mail that was
    /// accepted must not be sent twice for want of a note.
    private func settle(_ items: [Unsettled], desk: CourierDesk) async {
        let giveUpAt = ContinuousClock.now + policy.lease
        var unsettled = items
        while !unsettled.isEmpty {
            let results = await outbox.settle(
                unsettled.map { AttemptEnding($0.mail.lease, $0.settlement) },
                now: clock.now(),
                deadline: .now + policy.storeTimeout
            )
            var (left, failure): ([Unsettled], BackendFailure?) = ([], nil)
            for (item, result) in zip(unsettled, results) {
                switch result {
                case .success(let isOurs):
                    let isSettled = note(item, isOurs: isOurs)
                    finish(allWorks: item.wasAnswered && isSettled, desk)
                case .failure(let error):
                    var item = item
                    if error.kind == .outcomeUnknown { item.mayBeDone = true }
                    left.append(item)
                    failure = error
                }
            }
            unsettled = left
            guard let failure else { return }
            guard ContinuousClock.now < giveUpAt, !Task.isCancelled else {
                fault(desk, "mail waits for a backend", failure.description)
                return unsettled.forEach { _ in finish(allWorks: false, desk) }
            }
            // Uncancelled: sleeping is all there is to do. Cancelled: the guard above ends the loop.
            try? await Task.sleep(for: policy.transportRetryBase)
        }
    }

    /// - Returns: whether the row has the outcome that it should.
    private func note(_ item: Unsettled, isOurs: Bool) -> Bool {
        guard isOurs || item.mayBeDone else {
            noteLost(item.mail)
            return false
        }
        CrashPoint.sendAfterSettlement.reach()
        if item.settlement.isFinal { bell.settled(item.mail.signupID) }
        return true
    }

    private func giveBack(_ mails: [OwedMail], desk: CourierDesk) async {
        guard !mails.isEmpty else { return }
        do throws(BackendFailure) {
            try await outbox.release(mails.map(\.lease), now: clock.now(), deadline: .now + policy.storeTimeout)
        } catch {
            logger.notice("leases are left to run out", metadata: ["cause": "\(error)", "count": "\(mails.count)"])
        }
        for _ in mails { finish(allWorks: false, desk) }
    }

    /// A row has its outcome, or is left to its lease.
    private func finish(allWorks: Bool, _ desk: CourierDesk) {
        if desk.finished(allWorks: allWorks, now: .now) { bell.ring() }
    }

    private func noteLost(_ mail: OwedMail) {
        logger.notice("a lease ran out before its mail was sent", metadata: ["outbox_id": "\(mail.lease.outboxID)"])
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
