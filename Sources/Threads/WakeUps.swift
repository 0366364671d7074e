// When other threads are woken. A wake-up costs its giver more than most work costs whoever is woken, and a thread that is woken
// for the first of many things takes that one alone. So whoever hands out many things in a row wakes each receiver once, behind
// the last.

/// Whoever waits to be given work, and must be told of it.
public protocol Sleeper: AnyObject, Sendable {
    /// Makes it look for work. May come once too often.
    func wakeUp()
}

public enum WakeUps {
    /// Whoever was given so many is woken before the last: it begins while the giver goes on, on another core.
    static let company = 32

    /// Runs `body`, and wakes whom it gave work to when it returns, each once. The body must not block: they wait for it.
    public static func gathered<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let gathering = ThreadState.ofThisThread().gathering
        gathering.depth += 1
        defer {
            gathering.depth -= 1
            if gathering.depth == 0 { gathering.wakeAll() }
        }
        return try body()
    }

    /// Wakes a sleeper: at once, or where this thread's wake-ups are gathered, with the others.
    public static func give(to sleeper: some Sleeper) {
        if let gathering = ThreadState.ofThisThreadIfAny?.gathering, gathering.depth > 0 {
            gathering.add(sleeper)
        } else {
            sleeper.wakeUp()
        }
    }
}

/// Whom one thread is to wake.
final class Gathering {
    private struct Waiting {
        let sleeper: any Sleeper
        /// How many things it has been given since it was last woken.
        var gifts: Int
    }

    var depth = 0
    /// A handful: a loop or two and the threads of the stores.
    private var sleepers: [Waiting] = []

    func add(_ sleeper: some Sleeper) {
        guard let index = sleepers.firstIndex(where: { $0.sleeper === sleeper }) else {
            return sleepers.append(Waiting(sleeper: sleeper, gifts: 1))
        }
        sleepers[index].gifts += 1
        if sleepers[index].gifts == WakeUps.company {
            sleepers[index].gifts = 0
            sleeper.wakeUp()
        }
    }

    func wakeAll() {
        for waiting in sleepers where waiting.gifts > 0 { waiting.sleeper.wakeUp() }
        sleepers.removeAll(keepingCapacity: true)
    }
}
