// Byte streams between two processes of this machine: a Unix socket or a port of 127.0.0.1.

import Foundation
import TestServers

/// Where something listens.
enum Endpoint: Sendable {
    case unix(path: String)
    case loopback(port: UInt16)

    /// A listening socket; a path must be free.
    func listen() throws -> Int32 {
        let descriptor = socket(family, Self.type, 0)
        guard descriptor >= 0, withAddress({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 256) == 0 else {
            throw ServerFailure("cannot listen on \(self): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// `nil` when nobody accepts.
    func connect() -> Stream? {
        let descriptor = socket(family, Self.type, 0)
        guard descriptor >= 0 else { return nil }
        guard withAddress({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        return Stream(descriptor)
    }

    /// Closed on exec: a server that is restarted meanwhile must not inherit, and hold open, a connection.
    private static let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    private var family: Int32 {
        switch self {
        case .unix: AF_UNIX
        case .loopback: AF_INET
        }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch self {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix($0.count - 1))) }
            return Self.lend(&address, body)
        case .loopback(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return Self.lend(&address, body)
        }
    }

    private static func lend<Address>(
        _ address: inout Address,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}

/// One end of a connection. Used by one thread; closed by whoever made it.
struct Stream {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The bytes that are there; waits for some. `nil` at the end, or when the connection broke.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// - Returns: whether all of it was taken.
    @discardableResult
    func write(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads that wait longer than this end as if the connection had broken.
    func setPatience(_ patience: Duration) {
        var time = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Closes with a reset rather than an end, where the family knows the difference.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }
}
