// Ports of 127.0.0.1: which are free, and who answers on them.

import Glibc

public enum Loopback {
    /// A port nobody uses. Below the range from which the kernel gives outgoing connections theirs, so that none of those takes
    /// it before the server does.
    public static func freePort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 12_000..<32_000)
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { throw ServerFailure("no socket: errno \(errno)") }
            defer { close(socket) }
            if withAddress(port, { bind(socket, $0, $1) }) == 0 { return port }
        }
        throw ServerFailure("no free port among a hundred")
    }

    /// Somebody takes connections.
    static func accepts(_ port: UInt16) -> Bool {
        connected(port) { _ in true }
    }

    /// Somebody takes connections and speaks first.
    static func greets(_ port: UInt16) -> Bool {
        connected(port) { socket in
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, 0) == 1
        }
    }

    static func withAddress(
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connected(_ port: UInt16, _ body: (Int32) -> Bool) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        return withAddress(port) { connect(socket, $0, $1) } == 0 && body(socket)
    }
}
