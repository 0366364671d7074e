// A named POSIX thread that runs one closure and can be joined.

import Glibc
import Synchronization

final class Thread: Sendable {
    /// `nil` once joined: joining twice is undefined in POSIX.
    private let handle: Mutex<pthread_t?>

    init(name: String, niceness: Int = 0, body: @escaping @Sendable () -> Void) {
        let boxed = Unmanaged.passRetained(
            ThreadBody {
                Thread.nameCurrent(name)
                if niceness > 0 { Thread.yieldCurrent(niceness: niceness) }
                body()
            }
        )
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                // The argument is the retained box of the line above; pthread_create hands it over unchanged.
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            boxed.toOpaque()
        )
        // EAGAIN: the process is out of threads at its start. Nothing can work without them.
        precondition(status == 0, "pthread_create failed with \(status)")
        handle = Mutex(thread)
    }

    /// Names the calling thread for `ps` and `gdb`. Through /proc, since pthread_setname_np and prctl are out of Swift's
    /// reach without a C target; a name that could not be set hurts nobody.
    private static func nameCurrent(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(file, bytes, bytes.count)
        close(file)
    }

    /// Lets other threads go first: on Linux `nice` belongs to the thread, and 0 means the calling one. Without effect where
    /// the system refuses, which only costs the others some speed.
    private static func yieldCurrent(niceness: Int) {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(niceness))
    }

    /// Blocks until the closure has returned.
    func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { pthread_join(thread, nil) }
    }

    deinit {
        // Nobody will join it any more: the system takes its stack back when it ends by itself.
        if let thread = handle.withLock({ $0 }) { pthread_detach(thread) }
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
