// How threads that calculate for long let others go first, at once.
//
// Niceness alone does not do that: it decides how much of a core a thread gets, and the kernel lets whoever runs finish a turn of
// some milliseconds before it looks whether somebody else has woken. A hash is nothing but such turns. Since Linux 6.12 a thread
// may say how long its turns are to be, and one that wakes for a shorter one does not wait.

internal import CProcess
import Glibc

/// How long the turns are that a thread asks for: sched_setattr(2) takes 0.1 to 100 ms, and gives about 1 ms unasked.
enum Turns {
    /// For calculations: everybody else goes first, here, in Redis and in MariaDB.
    case long
    /// For the event loop, which everybody waits for: it goes before those who work for one of them.
    case short

    private var nanoseconds: UInt64 {
        switch self {
        case .long: 100_000_000
        case .short: 100_000
        }
    }

    /// For the calling thread. An older kernel hears it and goes on as before.
    ///
    /// - Returns: whether the system allows it. Where it does not, others wait as before.
    @discardableResult
    func take() -> Bool {
        // 0: the calling thread's.
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        return signupd_ask_for_turns(nanoseconds, niceness) == 0
    }
}
