// What systemd passes in (sockets) and is told (READY, STOPPING): sd_listen_fds(3) and sd_notify(3), without libsystemd.

import Foundation

/// The service manager's side of a start.
enum Systemd {
    /// The first descriptor that is passed in; fixed by the protocol.
    private static let firstDescriptor: Int32 = 3
    /// More sockets than any unit lists; a wilder number is a stale variable.
    private static let listenerLimit: Int32 = 64

    /// The listening sockets of a socket unit; empty when there is none. Marked close-on-exec.
    static func listeners(_ environment: [String: String]) -> [Int32] {
        guard environment["LISTEN_PID"].flatMap(Int32.init) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), (1...listenerLimit).contains(count)
        else { return [] }
        return (firstDescriptor..<firstDescriptor + count).map { descriptor in
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }
    }

    /// Sends a state such as `READY=1` to the manager, if there is one. A manager that does not listen is no reason to stop.
    static func notify(_ state: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty, var address = try? SocketFile.socketAddress(path)
        else { return }
        if path.hasPrefix("@") { address.sun_path.0 = 0 }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let bytes = Array(state.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }
}
