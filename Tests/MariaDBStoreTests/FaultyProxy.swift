// Stands between a store and its server, and loses what it is told to lose.

import Foundation
import Glibc
import Synchronization
import TestServers

/// A relay of bytes between two Unix sockets that knows a COMMIT when it sees one.
final class FaultyProxy: Sendable {
    enum Fault: Sendable, CaseIterable {
        /// The server never gets it: nothing happened. The connection closes.
        case loseCommit
        /// The server does it; its answer is lost and the connection closes.
        case loseReply
        /// The server does it; its answer never comes, and the connection stays open.
        case withholdReply
    }

    private struct State {
        var fault: Fault?
        var refusesAfterFault = false
        var refuses = false
        var faults = 0
    }

    let socketPath: String
    private let serverPath: String
    private let listener: Int32
    private let state = Mutex(State())

    init(to serverPath: String) throws {
        self.serverPath = serverPath
        socketPath = try makeTemporaryDirectory("proxy").appendingPathComponent("s").path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let status = Self.withAddress(socketPath) { bind(listener, $0, $1) }
        guard status == 0, listen(listener, 16) == 0 else { throw ServerFailure("no proxy socket: errno \(errno)") }
        Thread.detachNewThread { [self] in acceptClients() }
    }

    /// The next COMMIT meets this fault; then all is well again, unless no new connection is let through any more.
    func arm(_ fault: Fault, thenRefuse: Bool = false) {
        state.withLock { state in
            state.fault = fault
            state.refusesAfterFault = thenRefuse
        }
    }

    /// Lets connections through again.
    func heal() {
        state.withLock { $0.refuses = false }
    }

    /// How many faults were met.
    var faults: Int { state.withLock { $0.faults } }

    /// The fault for this COMMIT, if one is armed.
    private func takeFault() -> Fault? {
        state.withLock { state in
            guard let fault = state.fault else { return nil }
            state.fault = nil
            state.faults += 1
            state.refuses = state.refusesAfterFault
            return fault
        }
    }

    private func acceptClients() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 { return }
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let isRefused = state.withLock { $0.refuses }
            guard !isRefused, Self.withAddress(serverPath, { connect(server, $0, $1) }) == 0 else {
                close(client)
                close(server)
                continue
            }
            let link = Link(client: client, server: server)
            Thread.detachNewThread { [self] in link.relayRequests { takeFault() } }
            Thread.detachNewThread { link.relayReplies() }
        }
    }

    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// One client's connection through the proxy. Its descriptors live until the test process ends: tests are short.
private final class Link: Sendable {
    private let client: Int32
    private let server: Int32
    private let fault = Mutex<FaultyProxy.Fault?>(nil)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    func relayRequests(_ takeFault: () -> FaultyProxy.Fault?) {
        while let bytes = Self.receive(client) {
            if bytes.suffix(6).elementsEqual("COMMIT".utf8), let met = takeFault() {
                if met == .loseCommit { return end() }
                fault.withLock { $0 = met }
            }
            Self.sendAll(bytes, to: server)
        }
        end()
    }

    func relayReplies() {
        while let bytes = Self.receive(server) {
            switch fault.withLock({ $0 }) {
            case .loseReply: return end()
            case .withholdReply: continue
            case .loseCommit, nil: Self.sendAll(bytes, to: client)
            }
        }
        // A client whose answer is withheld must not learn that the server gave up.
        if fault.withLock({ $0 }) != .withholdReply { end() }
    }

    private func end() {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }

    private static func receive(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func sendAll(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
