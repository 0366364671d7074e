// Who connected: SO_PEERCRED, asked once, when the connection is accepted.

import Glibc
import NIOCore

/// The kernel's `struct ucred` (socket(7)), which glibc hides from programs that do not ask for its extensions.
struct PeerCredentials {
    private let processID: pid_t
    private let userID: uid_t
    private let groupID: gid_t

    /// Whether the connections of a listener have them. On other sockets the kernel does not refuse to say who connected: it names
    /// the user with the highest number there can be.
    static func areKnown(to listener: Int32) -> Bool {
        var domain: Int32 = 0
        var byteCount = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &domain, &byteCount) == 0 && domain == AF_UNIX
    }

    /// The connection is refused if the kernel does not know.
    static func read(from channel: any Channel) -> EventLoopFuture<Peer> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let credentials: EventLoopFuture<PeerCredentials> = socket.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        )
        return credentials.map { Peer(userID: $0.userID, groupID: $0.groupID) }
    }
}
