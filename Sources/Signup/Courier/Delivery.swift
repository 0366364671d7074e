// A row's way from "ready" through the transport.

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

    /// Hands the rows that are ready to the transport. Each comes back once, when it has ended.
    func send(_ prepared: [PreparedMail], desk: CourierDesk, _ returns: MailReturns) {
        var orders: [MailOrder] = []
        // One closure for all: the courier is large to copy, and the transport's threads would count its parts in turn.
        let ended: @Sendable (ReadyMail, Result<String?, MailFailure>) -> Void = { ready, result in
            let ending = ending(of: ready, result)
            var wasAnswered = false
            if case .settles = ending { wasAnswered = true }
            comeBack(MailReturn(mail: ready.mail, ending: ending, wasAnswered: wasAnswered), desk: desk, returns)
        }
        for mail in prepared {
            switch mail {
            case .ready(let ready):
                CrashPoint.sendBeforeTransport.reach()
                orders.append(order(ready, desk: desk, ended))
            case .ended(let mail, let ending):
                comeBack(MailReturn(mail: mail, ending: ending, wasAnswered: false), desk: desk, returns)
            }
        }
        transport.submit(orders)
    }

    private func order(
        _ ready: ReadyMail,
        desk: CourierDesk,
        _ ended: @escaping @Sendable (ReadyMail, Result<String?, MailFailure>) -> Void
    ) -> MailOrder {
        let beginBy = ready.beginBy
        return MailOrder(
            message: message(of: ready.draft),
            isWanted: {
                let now = ContinuousClock.now
                return now < beginBy && desk.mayBegin(now: now)
            },
            ended: { ended(ready, $0) }
        )
    }

    /// On the transport's thread: what takes longer waits for whoever writes it down.
    private func comeBack(_ mail: MailReturn, desk: CourierDesk, _ returns: MailReturns) {
        // Before anything else: the rows that wait for their turn need not find out one by one.
        if case .fault(let reason) = mail.ending { fault(desk, "mail waits for a backend", reason) }
        // The connection is free: what is left to do for this row keeps no other from it.
        if desk.sendEnded(wasAnswered: mail.wasAnswered, now: .now) { bell.ring() }
        returns.add(mail)
    }

    private func ending(of ready: ReadyMail, _ result: Result<String?, MailFailure>) -> Ending {
        switch result {
        case .success(nil):
            return .unbegun
        case .success(let reply?):
            CrashPoint.sendAfterTransport.reach()
            return .settles(.sent(reply: ready.withoutCode(reply), codeExpiresAt: ready.codeExpiresAt))
        case .failure(let failure):
            CrashPoint.sendAfterFailure.reach()
            return ending(of: ready.mail, failure, reason: ready.withoutCode(failure.description))
        }
    }

    private func ending(of mail: OwedMail, _ failure: MailFailure, reason: String) -> Ending {
        let disposition = policy.disposition(
            of: failure,
            attempts: mail.attempts,
            owedSince: clock.now().since(mail.createdAt),
            jitter: Double.random(in: -1...1)
        )
        switch disposition {
        case .retry(let pause):
            let dueAt = clock.now() + pause
            return .settles(.retry(dueAt: dueAt, reply: reason, countsAttempt: true))
        case .dead:
            return .settles(dead(reason))
        case .transport:
            return .fault(reason)
        }
    }

    /// A row is given up. Codes of its signup that left before it live on.
    func dead(_ reply: String) -> Settlement {
        .dead(reply: reply, earlierCodesLive: policy.installedCodeLifetime)
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
}

extension ReadyMail {
    /// A mail server's words without the code: one that quotes what it refuses may quote the subject, and its words are kept and
    /// shown. Encoded words (RFC 2047) may hold it too.
    fileprivate func withoutCode(_ reply: String) -> String {
        guard let code = draft.code else { return reply }
        guard reply.contains("=?") else { return code.hidden(in: reply) }
        let words = reply.split(separator: " ", omittingEmptySubsequences: false)
        return code.hidden(in: words.map { $0.contains("=?") ? "(encoded)" : $0 }.joined(separator: " "))
    }
}
