// Sends what is owed: claim, confirm, install the code, confirm, send, settle. Any number of couriers may share one outbox.

import Cryptography
public import Logging

/// The one sender of the outbox's rows. ``run()`` until cancelled; then it finishes what it has begun.
public struct Courier: Sendable {
    let outbox: any Outbox
    let codes: any CodeStore
    let transport: any MailTransport
    let composer: any MailComposer
    let keys: SigningKeys
    let policy: CourierPolicy
    let bell: CourierBell
    let clock: WallClock
    let logger: Logger

    /// Joins the ports. The transport's own send timeout must not be over the policy's.
    public init(
        outbox: any Outbox,
        codes: any CodeStore,
        transport: any MailTransport,
        composer: any MailComposer,
        keys: SigningKeys,
        policy: CourierPolicy,
        bell: CourierBell,
        clock: WallClock,
        logger: Logger
    ) {
        self.outbox = outbox
        self.codes = codes
        self.transport = transport
        self.composer = composer
        self.keys = keys
        self.policy = policy
        self.bell = bell
        self.clock = clock
        self.logger = logger
    }

    /// Sends until the task is cancelled. Sends under way then are finished, and claims not yet begun given back.
    public func run() async {
        let desk = CourierDesk(policy: policy, concurrency: transport.concurrency)
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let claims = await claim(desk)
                if claims.isEmpty {
                    await bell.wait(atMost: desk.pause(now: .now))
                } else {
                    // Not cancelled with the loop: a send that has begun is worth finishing.
                    group.addTask { await deliver(claims, desk: desk) }
                }
            }
            desk.stop()
        }
    }

    /// Makes the rows of a claim ready together, sends each by itself, and writes down together what came back meanwhile.
    private func deliver(_ claims: [OwedMail], desk: CourierDesk) async {
        let prepared = Task.isCancelled ? claims.map { .ended($0, .unbegun) } : await prepare(claims)
        let returns = MailReturns(expected: prepared.count)
        send(prepared, desk: desk, returns)
        while let some = await returns.next(gathering: CourierPolicy.gatheringTime) {
            await writeDown(some, desk: desk)
        }
    }

    /// Leases what the connections can start before there is time for another claim, and no more.
    private func claim(_ desk: CourierDesk) async -> [OwedMail] {
        let limit = desk.reserve(now: .now)
        guard limit > 0 else { return [] }
        CrashPoint.sendBeforeClaim.reach()
        do throws(BackendFailure) {
            let claims = try await outbox.claim(
                limit: limit,
                mailsPerHour: policy.mailsPerHour,
                keyID: keys.current.id,
                lease: policy.lease,
                now: clock.now(),
                deadline: .now + policy.storeTimeout
            )
            desk.claimed(claims.count, reserved: limit)
            if !claims.isEmpty { CrashPoint.sendAfterClaim.reach() }
            if policy.mailsPerHour > 0 { await noteCap(desk, isIdle: claims.isEmpty) }
            return claims
        } catch {
            desk.claimed(0, reserved: limit)
            fault(desk, "mail cannot be claimed", error.description)
            return []
        }
    }

    /// Says once that due mail waits for the hour to pass: nothing else would tell why it does not leave.
    private func noteCap(_ desk: CourierDesk, isIdle: Bool) async {
        var isCapped = false
        // An outbox that answered a moment ago and does not now is noticed by the next claim.
        if isIdle, let due = try? await outbox.nextDue(deadline: .now + policy.storeTimeout) {
            isCapped = due <= clock.now()
        }
        guard desk.capBegan(isCapped) else { return }
        logger.notice(
            "the cap of mails per hour is reached; what is owed waits",
            metadata: ["mails_per_hour": "\(policy.mailsPerHour)"]
        )
    }

    /// Backs the whole transport off, and says so once.
    func fault(_ desk: CourierDesk, _ event: Logger.Message, _ reason: String) {
        guard desk.failed(now: .now) else { return }
        // The loop shall know how long to pause.
        bell.ring()
        logger.warning(
            event,
            metadata: ["cause": "\(reason)", "retry_in_ms": "\(desk.pause(now: .now).wholeMilliseconds)"]
        )
    }
}
