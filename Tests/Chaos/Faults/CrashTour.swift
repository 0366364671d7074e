// Lets signupd die at each of its named crash points, three times each, while people are served.

import Foundation
import Signup

/// Runs on the thread that calls it. The first process dies; the others go on.
final class CrashTour {
    private let installation: Installation
    private let crowd: Crowd
    private(set) var disturbances: [Disturbance] = []
    private(set) var failures: [String] = []
    private(set) var crashes = 0

    private static let crashesPerPoint = 3
    /// Each life passes the point so often before it ends there: it gets something done in between.
    private static let fatalPassage = 3
    /// People served at once: enough that every point is passed within seconds.
    private static let lead = 16
    private static let patience: Duration = .seconds(40)

    init(_ installation: Installation, _ crowd: Crowd) {
        self.installation = installation
        self.crowd = crowd
    }

    func conduct() {
        for point in CrashPoint.allCases {
            do {
                try visit(point)
            } catch {
                failures.append("\(point.rawValue): \(error)")
            }
        }
        do {
            program.kill9()
            try program.start()
        } catch {
            failures.append("the last start: \(error)")
        }
        crowd.close()
    }

    private var program: ProgramProcess { installation.desks[0].program }

    private func visit(_ point: CrashPoint) throws {
        let giveUpAt = ContinuousClock.now + Self.patience
        var hits = 0
        restart(at: point)
        while hits < Self.crashesPerPoint, ContinuousClock.now < giveUpAt {
            crowd.admit(upTo: crowd.finishedCount + Self.lead)
            usleep(5_000)
            guard program.isDead else { continue }
            hits += 1
            crashes += 1
            restart(at: point)
        }
        if hits < Self.crashesPerPoint { failures.append("\(point.rawValue) was hit \(hits) times only") }
    }

    private func restart(at point: CrashPoint) {
        let from = ContinuousClock.now - .seconds(1)
        program.kill9()
        do {
            try program.launch(["SIGNUPD_CRASH_AT": "\(point.rawValue):\(Self.fatalPassage)"])
            // Long enough to listen, so that "dead" means dead and not "not yet there".
            program.waitUntilListening()
        } catch {
            failures.append("\(point.rawValue): \(error)")
        }
        disturbances.append(Disturbance(sender: program.number, from: from, to: .now))
    }
}
