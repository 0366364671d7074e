// How a server stands back behind those that it works with, where the kernel shares the cores out by session.
//
// Niceness tells apart the threads of one session only. Outside of cgroups for CPUs every session has the same share of a core as
// every other (sched(7), "The autogroup feature"), and service managers put each service in one of its own: MariaDB then gets no
// more of a core than the threads that hash, whatever their niceness, and waits for them for tenths of a second. In such a cgroup
// the write is taken and has no effect; there the cgroup's weight does the same (docs/deploy.md, "Beside others").

import Glibc

enum SessionNiceness {
    /// A tenth of the share of others, as a thread that hashes has within the session. 5, a third, is not enough beside MariaDB; at
    /// 19 whoever else keeps the cores busy would leave us next to nothing.
    static let standingBack = 10

    /// The kernel takes one change in a tenth of a second, from all processes together (kernel/sched/autogroup.c).
    private static let pauseMicroseconds: UInt32 = 110_000
    /// Services that start together take turns; half a second is the longest that a start may take for this.
    private static let attempts = 5
    private static let file = "/proc/self/autogroup"

    /// For a process that leads its session: another one's session is a shell's, with all that runs in it. A niceness that somebody
    /// has set stays. To be called while the process may still be looked into: the file belongs to root afterwards.
    ///
    /// - Returns: why the kernel refused; `nil` if it did not, if there was nothing to do, or if it does not share by session.
    static func standBack() -> String? {
        guard getsid(0) == getpid() else { return nil }
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? nil : reason() }
        defer { close(descriptor) }
        guard let text = text(of: descriptor) else { return reason() }
        // "/autogroup-NUMBER nice NICENESS" and a line end.
        guard text.hasSuffix(" nice 0\n") else { return nil }
        for attempt in 1...attempts {
            let niceness = "\(standingBack)"
            if write(descriptor, niceness, niceness.utf8.count) >= 0 { return nil }
            guard errno == EAGAIN, attempt < attempts else { break }
            usleep(pauseMicroseconds)
        }
        return reason()
    }

    /// `nil` if it could not be read.
    private static func text(of descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func reason() -> String {
        "\(file): \(String(cString: strerror(errno)))"
    }
}
