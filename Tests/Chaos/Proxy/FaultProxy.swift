// A door in front of a server, through which all its traffic goes, and on which faults happen on order.

import Foundation
import Synchronization

/// Accepts connections and gives each to a thread of its own, which relays it to the server behind.
final class FaultProxy: Sendable {
    /// What the door knows of the protocol that goes through it.
    enum Kind: Sendable {
        /// Bytes.
        case plain
        /// MariaDB's packets: a COMMIT is seen.
        case mariadb
    }

    let front: Endpoint
    let back: Endpoint
    let kind: Kind
    let orders = FaultOrders()

    init(front: Endpoint, back: Endpoint, kind: Kind = .plain) throws {
        self.front = front
        self.back = back
        self.kind = kind
        let listener = try front.listen()
        Thread.detachNewThread { [back, kind, orders] in
            acceptForever(listener) { client in
                guard let server = back.connect() else { return client.reset() }
                Relay(client: client, server: server, kind: kind, orders: orders).run()
            }
        }
    }
}

/// Gives each connection to a thread; until the process ends.
func acceptForever(_ listener: Int32, _ serve: @escaping @Sendable (Stream) -> Void) {
    while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else {
            usleep(10_000)
            continue
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread { serve(Stream(descriptor)) }
    }
}
