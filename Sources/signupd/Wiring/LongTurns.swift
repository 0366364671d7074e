// How threads that calculate for long let others go first, at once.
//
// Niceness alone does not do that: it decides how much of a core a thread gets, and the kernel lets whoever runs finish a turn of
// some milliseconds before it looks whether somebody else has woken. A hash is nothing but such turns. Since Linux 6.12 a thread
// may say how long its turns are to be, and one that wakes for a shorter one does not wait: whatever answers, here, in Redis and in
// MariaDB, has the usual ones.

internal import CProcess
import Glibc

enum LongTurns {
    /// The longest that Linux grants: sched_setattr(2) takes 0.1 to 100 ms.
    private static let nanoseconds: UInt64 = 100_000_000

    /// For the calling thread. An older kernel hears it and goes on as before.
    ///
    /// - Returns: whether the system allows it. Where it does not, others wait as before.
    @discardableResult
    static func take() -> Bool {
        // 0: the calling thread's.
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        return signupd_ask_for_turns(nanoseconds, niceness) == 0
    }
}
