// The limit of open files: raised for all connections where it may be, else fewer connections are taken.

import Glibc
import Logging

enum DescriptorLimit {
    /// The backends, the log, the listeners, and the connections that are being refused.
    private static let reserve = 128

    /// - Returns: how many connections there is room for. One more is told so; without a descriptor it could not even be
    ///   accepted, and would wait in the dark.
    static func raise(for connectionCount: Int, logger: Logger) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        let needed = rlim_t(connectionCount + reserve)
        var limit = rlimit()
        getrlimit(resource, &limit)
        guard limit.rlim_cur < needed else { return connectionCount }
        let before = limit.rlim_cur
        limit.rlim_cur = min(needed, limit.rlim_max)
        if setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        guard limit.rlim_cur < needed else { return connectionCount }
        let room = max(1, Int(limit.rlim_cur) - reserve)
        logger.warning(
            "the limit of open files leaves room for fewer connections",
            metadata: ["open_files": "\(limit.rlim_cur)", "connections": "\(room)", "wanted": "\(connectionCount)"]
        )
        return room
    }
}
