// Stands between a client and a server on 127.0.0.1 and keeps every byte that passes: what an eavesdropper would have.

import Foundation
import Glibc
import Synchronization

public final class RecordingProxy: Sendable {
    /// Where on 127.0.0.1 it listens.
    public let port: UInt16
    private let serverPort: UInt16
    private let listener: Int32
    private let record = Mutex<[Int: [UInt8]]>([:])

    public init(to serverPort: UInt16) throws {
        self.serverPort = serverPort
        port = try Loopback.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Loopback.withAddress(port, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
            throw ServerFailure("no proxy on port \(port): errno \(errno)")
        }
        Thread.detachNewThread { [self] in acceptClients() }
    }

    /// Ends the listener; connections end with their clients.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// What each client has sent, in the order in which they came.
    public var sentByClients: [[UInt8]] {
        record.withLock { record in record.keys.sorted().compactMap { record[$0] } }
    }

    private func acceptClients() {
        var number = 0
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard Loopback.withAddress(serverPort, { connect(server, $0, $1) }) == 0 else {
                close(client)
                close(server)
                continue
            }
            let connection = number
            number += 1
            record.withLock { $0[connection] = [] }
            Thread.detachNewThread { [self] in
                Self.relay(from: client, to: server) { bytes in record.withLock { $0[connection]? += bytes } }
            }
            Thread.detachNewThread { Self.relay(from: server, to: client) { _ in } }
        }
        close(listener)
    }

    /// Until one side ends; then both are told. The descriptors live until the test process ends: tests are short.
    private static func relay(from source: Int32, to destination: Int32, keep: ([UInt8]) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            let bytes = Array(buffer[..<count])
            keep(bytes)
            guard send(destination, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(destination, Int32(SHUT_RDWR))
    }
}
