// Lets the faults happen, one after the other, spread evenly over the people of the run.

import Foundation
import Synchronization
import TestServers

/// A time in which one sender's outcomes may have become unknown.
struct Disturbance: Sendable {
    /// `nil`: everybody's.
    let sender: Int?
    let from: ContinuousClock.Instant
    let to: ContinuousClock.Instant
}

/// Runs on the thread that calls it.
final class Conductor {
    private let installation: Installation
    private let crowd: Crowd
    private let plan: Plan
    private(set) var disturbances: [Disturbance] = []
    private(set) var failures: [String] = []

    /// People who may begin while a fault is still to happen: enough to keep everyone busy.
    private static let lead = Plan.crowd
    /// How long latency and silence last.
    private static let stormMicroseconds: UInt32 = 1_500_000
    /// How long mails gather before the process that sends them is stopped; well within the time a send may take.
    private static let holdMicroseconds: UInt32 = 700_000
    /// After an outage a settlement may wait for the database's breaker (5 s at most) and then for its turn.
    private static let grace: Duration = .seconds(7)

    init(_ plan: Plan, _ installation: Installation, _ crowd: Crowd) {
        self.plan = plan
        self.installation = installation
        self.crowd = crowd
    }

    /// Spreads the faults over the people; returns when the last has happened.
    func conduct() {
        let faults = plan.faults()
        for (index, fault) in faults.enumerated() {
            let position = (index + 1) * plan.people / (faults.count + 1)
            crowd.admit(upTo: position + Self.lead)
            while crowd.begun < position { usleep(5_000) }
            perform(fault)
        }
        crowd.admit(upTo: plan.people)
    }

    private func perform(_ fault: Fault) {
        let started = ContinuousClock.now
        do {
            try carryOut(fault)
        } catch {
            failures.append("\(fault): \(error)")
        }
        guard let sender = unknownOutcomes(of: fault) else { return }
        disturbances.append(Disturbance(sender: sender.desk, from: started, to: .now + sender.grace))
    }

    private func carryOut(_ fault: Fault) throws {
        switch fault {
        case .killProgram(let desk):
            installation.desks[desk].program.measure()
            installation.desks[desk].program.kill9()
            try installation.desks[desk].program.start()
        case .killMariaDB: try installation.mariadb.restart()
        case .killRedis: try installation.redis.restart()
        case .stopProgram(let desk):
            // In the middle of sending: that is when somebody else sending it too can hurt.
            let (program, smtp) = (installation.desks[desk].program, installation.desks[desk].smtp)
            smtp.setHolding(true)
            usleep(Self.holdMicroseconds)
            try program.stop()
            sleep(UInt32(Plan.stopSeconds))
            try program.resume()
            smtp.setHolding(false)
        case .dropCommit(let desk): installation.desks[desk].mariadb.orders.failNextCommit(.replyDropped)
        case .loseCommit(let desk): installation.desks[desk].mariadb.orders.failNextCommit(.lost)
        case .delay(let desk, let backend):
            let orders = orders(desk, backend)
            orders.setDelay(milliseconds: 50)
            usleep(Self.stormMicroseconds)
            orders.setDelay(milliseconds: 0)
        case .halfOpen(let desk, let backend):
            let orders = orders(desk, backend)
            orders.setHalfOpen(true)
            usleep(Self.stormMicroseconds)
            orders.setHalfOpen(false)
        case .cut(let desk, let backend): orders(desk, backend).cutNextReply()
        case .reset(let desk, let backend): orders(desk, backend).resetConnections()
        }
    }

    private func orders(_ desk: Int, _ backend: Fault.Backend) -> FaultOrders {
        switch backend {
        case .mariadb: installation.desks[desk].mariadb.orders
        case .redis: installation.desks[desk].redis.orders
        }
    }

    /// Whose settlements a fault can keep from being written, and for how long after. A lost COMMIT cannot: it is repeated.
    private func unknownOutcomes(of fault: Fault) -> (desk: Int?, grace: Duration)? {
        switch fault {
        case .killProgram(let desk), .stopProgram(let desk): (desk, .zero)
        case .killMariaDB: (nil, Self.grace)
        case .halfOpen(let desk, .mariadb), .delay(let desk, .mariadb): (desk, Self.grace)
        default: nil
        }
    }
}
