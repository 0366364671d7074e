// How much of what we wrote the kernel still holds: SO_MEMINFO.

import Glibc
import NIOCore

/// The head of the kernel's answer: `SK_MEMINFO_RMEM_ALLOC` to `SK_MEMINFO_SNDBUF` (linux/sock_diag.h).
struct SocketMemory {
    private let received: UInt32
    private let receiveLimit: UInt32
    /// Shrinks as the peer reads.
    let unreadByteCount: UInt32
    private let sendLimit: UInt32

    /// `nil` where the kernel does not say (before Linux 4.12).
    static func read(from channel: any Channel) -> EventLoopFuture<SocketMemory?> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        let memory: EventLoopFuture<SocketMemory> = socket.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_MEMINFO)
        )
        return memory.map { $0 }.recover { _ in nil }
    }
}
