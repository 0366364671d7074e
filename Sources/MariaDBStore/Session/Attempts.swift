// What to do when a transaction failed: again, or tell the caller, and what.

import Signup

/// The life of one transaction over its attempts: a value that says what to do next.
///
/// Its one subtle case: the answer to a COMMIT was lost. Then the change may have happened. Repeating the same transaction
/// with the same ids finds out; until a repetition has come through, every way to fail is "outcome unknown".
struct Attempts {
    /// How far an attempt had come when it failed.
    enum Phase {
        /// Nothing that was sent takes effect without a COMMIT.
        case beforeCommit
        /// The COMMIT was on its way.
        case committing
    }

    enum Step: Equatable {
        case again(after: Duration)
        case giveUp(BackendFailure.Kind)
    }

    /// A batch's transaction is not replayed: its members run again alone.
    let replayLimit: Int
    private(set) var mayHaveHappened: Bool
    private var replays = 0
    private var reconnects = 0

    init(replayLimit: Int, mayHaveHappened: Bool = false) {
        self.replayLimit = replayLimit
        self.mayHaveHappened = mayHaveHappened
    }

    /// After a failed statement.
    ///
    /// - Parameters:
    ///   - wasKept: the connection had worked before this attempt; the server may have closed it long since.
    ///   - isInTime: the caller's deadline has not passed.
    mutating func step(after error: DatabaseError, in phase: Phase, wasKept: Bool, isInTime: Bool) -> Step {
        if phase == .committing, error.leavesCommitUnknown { mayHaveHappened = true }
        switch error.kind {
        case .contention:
            guard replays < replayLimit, isInTime else { return giveUp(.unavailable) }
            replays += 1
            return .again(after: .milliseconds(Int64.random(in: Limits.replayPauseMilliseconds) * Int64(replays)))
        case .connectionLost, .readOnly, .refused:
            if mayHaveHappened { return findOut(isInTime: isInTime) }
            let isWorthAnother = wasKept && error.endsConnection && error.kind != .connectionLost(timedOut: true)
            guard isWorthAnother, reconnects == 0, isInTime else { return giveUp(.unavailable) }
            reconnects += 1
            return .again(after: .zero)
        case .duplicate, .defect:
            return giveUp(.defect)
        }
    }

    /// After no connection could be had.
    ///
    /// - Parameter mayBeTriedAgain: the attempt to connect did not use up its time.
    mutating func step(afterNoConnection failure: BackendFailure, mayBeTriedAgain: Bool, isInTime: Bool) -> Step {
        guard mayHaveHappened else { return .giveUp(failure.kind) }
        guard mayBeTriedAgain else { return .giveUp(.outcomeUnknown) }
        return findOut(isInTime: isInTime)
    }

    private mutating func findOut(isInTime: Bool) -> Step {
        guard reconnects < Limits.findOutPauses.count, isInTime else { return .giveUp(.outcomeUnknown) }
        defer { reconnects += 1 }
        return .again(after: Limits.findOutPauses[reconnects])
    }

    private func giveUp(_ kind: BackendFailure.Kind) -> Step {
        .giveUp(mayHaveHappened ? .outcomeUnknown : kind)
    }
}

extension DatabaseError {
    /// Whether a COMMIT that ended so may nevertheless have happened. A deadlock or a read-only server rolls back; an
    /// interruption may come after the commit itself (while a replica is waited for).
    fileprivate var leavesCommitUnknown: Bool {
        switch kind {
        case .connectionLost, .refused: true
        case .contention, .readOnly, .duplicate, .defect: false
        }
    }
}
