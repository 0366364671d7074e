// Many people at once, each served by a thread, and held back so that the faults keep pace with them.

import Foundation
import Synchronization

/// The people of a run. Nobody starts who is too far ahead of the faults that are still to happen.
final class Crowd: Sendable {
    private struct State {
        var next = 0
        var finished = 0
        var limit: Int
        var people: Int
    }

    private let state: Mutex<State>

    init(people: Int) {
        state = Mutex(State(limit: people, people: people))
    }

    /// How many have begun.
    var begun: Int { state.withLock { $0.next } }
    var isFinished: Bool { state.withLock { $0.finished == $0.people } }

    var finishedCount: Int { state.withLock { $0.finished } }

    /// Whether everybody who began has finished.
    var isQuiet: Bool { state.withLock { $0.finished == $0.next } }

    /// Lets so many begin in all.
    func admit(upTo limit: Int) { state.withLock { $0.limit = limit } }

    /// Lets nobody else begin.
    func close() { state.withLock { $0.people = $0.next } }

    /// Starts the threads; returns at once.
    func start(_ plan: Plan, _ installation: Installation, _ ledger: Ledger) {
        for _ in 0..<Plan.crowd {
            Thread.detachNewThread { [self] in
                while let number = takeNext() {
                    var person = Person(
                        number: number,
                        seed: plan.seed,
                        desks: installation.desks,
                        ledger: ledger,
                        mailbag: installation.mailbag
                    )
                    person.live()
                    state.withLock { $0.finished += 1 }
                }
            }
        }
    }

    /// The next person's number, once they may begin; `nil` when all have.
    private func takeNext() -> Int? {
        while true {
            let (number, isOver) = state.withLock { state -> (Int?, Bool) in
                if state.next >= state.people { return (nil, true) }
                if state.next >= state.limit { return (nil, false) }
                state.next += 1
                return (state.next - 1, false)
            }
            if isOver { return nil }
            if let number { return number }
            usleep(10_000)
        }
    }
}
