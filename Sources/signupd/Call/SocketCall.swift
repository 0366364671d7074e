// One request over a Unix socket and its reply, blocking, with one bound on the whole.

import Foundation
import Wire

/// Why a call got no reply.
enum CallFailure: Error, CustomStringConvertible {
    case notServed(path: String, code: Int32)
    case broken(path: String, code: Int32)
    case timedOut(path: String, seconds: Double)
    case closed(path: String)
    case replyTooLong
    case malformedReply
    case path(SocketFailure)

    var description: String {
        switch self {
        case .notServed(let path, let code):
            "nobody serves \(path) (\(String(cString: strerror(code)))); start one with: signupd serve --socket \(path)"
        case .broken(let path, let code): "the connection to \(path) broke: \(String(cString: strerror(code)))"
        case .timedOut(let path, let seconds): "\(path) did not answer within \(seconds) s"
        case .closed(let path): "\(path) closed the connection without a reply"
        case .replyTooLong: "the reply is longer than any reply of signupd"
        case .malformedReply: "the reply is no JSON-RPC 2.0 message; is this signupd's socket?"
        case .path(let failure): failure.description
        }
    }
}

/// Connects, sends a line, and reads one line back.
struct SocketCall {
    let path: String
    let timeoutSeconds: Double

    func exchange(_ line: [UInt8]) throws(CallFailure) -> Reply {
        let descriptor = try connect()
        defer { close(descriptor) }
        let end = ContinuousClock.now + .milliseconds(Int64(timeoutSeconds * 1000))
        try send(line, to: descriptor)
        let reply = try receive(from: descriptor, until: end)
        do {
            return try Reply.parse(reply)
        } catch {
            throw .malformedReply
        }
    }

    private func connect() throws(CallFailure) -> Int32 {
        var address: sockaddr_un
        do throws(SocketFailure) {
            address = try SocketFile.socketAddress(path)
        } catch {
            throw .path(error)
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, status == 0 else {
            let code = errno
            close(descriptor)
            throw .notServed(path: path, code: code)
        }
        return descriptor
    }

    private func send(_ line: [UInt8], to descriptor: Int32) throws(CallFailure) {
        var sent = 0
        while sent < line.count {
            let count = line.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw .broken(path: path, code: errno) }
            sent += count
        }
    }

    private func receive(from descriptor: Int32, until end: ContinuousClock.Instant) throws(CallFailure) -> [UInt8] {
        var reply: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = (end - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard milliseconds > 0, poll(&ready, 1, Int32(clamping: milliseconds)) > 0 else {
                throw .timedOut(path: path, seconds: timeoutSeconds)
            }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 { throw .broken(path: path, code: errno) }
            if count == 0 { throw .closed(path: path) }
            if let newline = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return reply + chunk[..<newline]
            }
            reply += chunk[..<count]
            guard reply.count <= WireLimits().replyByteCount else { throw .replyTooLong }
        }
    }
}
