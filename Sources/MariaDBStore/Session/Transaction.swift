// Runs a body of statements as one transaction, as often as it takes, and never leaves a doubt unspoken.

import Glibc
import Signup

/// How a transaction's body ends it.
enum Verdict<Value> {
    case commit(Value)
    /// Nothing is to change; the value is the answer all the same.
    case rollBack(Value)
}

/// What a body works with.
struct Attempt {
    let connection: MariaDBConnection
    /// An earlier attempt's COMMIT lost its answer: rows of ours may be there already.
    let isRepeat: Bool
}

/// How a body's statements take effect.
enum Form {
    /// They only read.
    case reading
    /// Together, at a COMMIT.
    case transaction
}

extension Session {
    /// Reads, outside any transaction.
    func read<Value>(
        deadline: Deadline,
        _ body: (MariaDBConnection) throws(DatabaseError) -> Value
    ) throws(BackendFailure) -> Value {
        try run(.reading, Attempts(replayLimit: Limits.replays), deadline: deadline) {
            attempt throws(DatabaseError) in .commit(try body(attempt.connection))
        }
    }

    /// Changes something in one transaction.
    func change<Value>(
        deadline: Deadline,
        _ body: (Attempt) throws(DatabaseError) -> Verdict<Value>
    ) throws(BackendFailure) -> Value {
        try run(.transaction, Attempts(replayLimit: Limits.replays), deadline: deadline, body)
    }

    /// Runs the body until an attempt comes through or `attempts` gives up.
    func run<Value>(
        _ form: Form,
        _ attempts: Attempts,
        deadline: Deadline,
        _ body: (Attempt) throws(DatabaseError) -> Verdict<Value>
    ) throws(BackendFailure) -> Value {
        var attempts = attempts
        while true {
            let (step, failure): (Attempts.Step, BackendFailure)
            switch attemptOnce(form, isRepeat: attempts.mayHaveHappened, body) {
            case .finished(let value):
                return value
            case .failed(let error, let phase, let wasKept):
                let isInTime = ContinuousClock.now < deadline
                step = attempts.step(after: error, in: phase, wasKept: wasKept, isInTime: isInTime)
                failure = error.failure(.unavailable)
            case .notConnected(let reason, let tookLong):
                let isInTime = ContinuousClock.now < deadline
                step = attempts.step(afterNoConnection: reason, mayBeTriedAgain: !tookLong, isInTime: isInTime)
                failure = reason
            }
            switch step {
            case .again(let pause): sleep(pause)
            case .giveUp(let kind): throw failure.asKind(kind)
            }
        }
    }

    private enum Ending<Value> {
        case finished(Value)
        case failed(DatabaseError, Attempts.Phase, wasKept: Bool)
        case notConnected(BackendFailure, tookLong: Bool)
    }

    private func attemptOnce<Value>(
        _ form: Form,
        isRepeat: Bool,
        _ body: (Attempt) throws(DatabaseError) -> Verdict<Value>
    ) -> Ending<Value> {
        let started = ContinuousClock.now
        let lease: Lease
        do { lease = try self.lease(mustFindOut: isRepeat) } catch {
            return .notConnected(error, tookLong: ContinuousClock.now - started > .seconds(1))
        }
        let connection = lease.connection
        var phase = Attempts.Phase.beforeCommit
        do {
            if form == .transaction { try connection.begin() }
            let verdict = try body(Attempt(connection: connection, isRepeat: isRepeat))
            let value: Value
            switch verdict {
            case .commit(let answer):
                if form == .transaction {
                    phase = .committing
                    try connection.commit()
                }
                value = answer
            case .rollBack(let answer):
                if form == .transaction { rollBack(connection) }
                value = answer
            }
            worked()
            return .finished(value)
        } catch {
            failed(error)
            if form == .transaction, !error.endsConnection { rollBack(connection) }
            return .failed(error, phase, wasKept: lease.wasKept)
        }
    }

    /// A connection that cannot even roll back is closed, and that rolls back.
    private func rollBack(_ connection: MariaDBConnection) {
        do { try connection.rollBack() } catch { drop() }
    }

    private func sleep(_ pause: Duration) {
        guard pause > .zero else { return }
        var time = timespec(
            tv_sec: Int(pause.components.seconds),
            tv_nsec: Int(pause.components.attoseconds / 1_000_000_000)
        )
        nanosleep(&time, nil)
    }
}

extension BackendFailure {
    /// The same failure, of another kind.
    fileprivate func asKind(_ kind: Kind) -> BackendFailure {
        BackendFailure(backend, kind, nativeCode: nativeCode, reason: reason, retryAfter: retryAfter)
    }
}
