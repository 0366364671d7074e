// One request over a Unix socket and its reply, blocking, with one bound on the whole.

import Foundation
import Wire

/// Why a call got no reply.
enum CallFailure: Error, CustomStringConvertible {
    case notServed(path: String, code: Int32)
    /// The permissions of the socket's file, or of a directory on the way.
    case notAllowed(path: String)
    case notASocket(path: String)
    case broken(path: String, code: Int32)
    case timedOut(path: String, seconds: Double)
    case closed(path: String)
    case replyTooLong
    case malformedReply
    /// It answered with an error.
    case refused(path: String, Reply.RemoteError)
    case path(SocketFailure)

    /// Whether a server that is up and well would have been reached.
    var tellsOfAServerDown: Bool {
        switch self {
        case .notServed, .broken, .timedOut, .closed: true
        case .refused(_, let error): error.reason != .peerDenied
        case .notAllowed, .notASocket, .replyTooLong, .malformedReply, .path: false
        }
    }

    var description: String {
        switch self {
        case .notServed(let path, let code):
            "nobody serves \(path) (\(String(cString: strerror(code)))); start one with: signupd serve --socket \(path)"
        case .notAllowed(let path):
            "this user may not open \(path); join its group (usermod --append --groups GROUP USER), and log in again"
        case .notASocket(let path): "\(path) is no socket; give the server's --socket, or set SIGNUPD_SOCKET"
        case .broken(let path, let code): "the connection to \(path) broke: \(String(cString: strerror(code)))"
        case .timedOut(let path, let seconds): "\(path) did not answer within \(seconds) s"
        case .closed(let path): "\(path) closed the connection without a reply"
        case .replyTooLong: "the reply is longer than any reply of signupd"
        case .malformedReply: "the reply is no JSON-RPC 2.0 message; is this signupd's socket?"
        case .refused(let path, let error): "\(path) answered: \(error.message)"
        case .path(let failure): failure.description
        }
    }
}

/// Connects, sends a line, and reads one line back.
struct SocketCall {
    let path: String
    let timeoutSeconds: Double

    func exchange(_ line: [UInt8]) throws(CallFailure) -> Reply {
        let end = ContinuousClock.now + .milliseconds(Int64(timeoutSeconds * 1000))
        let descriptor = try connect(until: end)
        defer { close(descriptor) }
        try send(line, to: descriptor, until: end)
        let reply = try receive(from: descriptor, until: end)
        do {
            return try Reply.parse(reply)
        } catch {
            throw .malformedReply
        }
    }

    private func connect(until end: ContinuousClock.Instant) throws(CallFailure) -> Int32 {
        var address: sockaddr_un
        do throws(SocketFailure) {
            address = try SocketFile.socketAddress(path)
        } catch {
            throw .path(error)
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        boundSending(on: descriptor, until: end)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, status == 0 else {
            let code = errno
            close(descriptor)
            throw refused(code)
        }
        return descriptor
    }

    private func refused(_ code: Int32) -> CallFailure {
        // The queue of those who wait to be accepted is full, and stayed so.
        if code == EAGAIN { return .timedOut(path: path, seconds: timeoutSeconds) }
        if code == EACCES || code == EPERM { return .notAllowed(path: path) }
        let place = Place(path: path)
        return place.exists && !place.isSocket ? .notASocket(path: path) : .notServed(path: path, code: code)
    }

    /// How long connect(2) and send(2) may wait: on a Unix socket they do for a server that accepts or reads nothing.
    private func boundSending(on descriptor: Int32, until end: ContinuousClock.Instant) {
        let left = max(.milliseconds(1), end - .now).components
        var time = timeval(tv_sec: Int(left.seconds), tv_usec: Int(left.attoseconds / 1_000_000_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private func send(_ line: [UInt8], to descriptor: Int32, until end: ContinuousClock.Instant) throws(CallFailure) {
        var sent = 0
        while sent < line.count {
            boundSending(on: descriptor, until: end)
            let count = line.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count > 0 {
                sent += count
            } else if errno == EPIPE {
                // It has closed, perhaps after an answer to whoever comes: why it would not have us.
                return
            } else if errno == EAGAIN {
                throw .timedOut(path: path, seconds: timeoutSeconds)
            } else if errno != EINTR {
                throw .broken(path: path, code: errno)
            }
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
            if count < 0, errno == EINTR { continue }
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
