// A client for signupd's socket: Foundation only, several requests in flight on one connection.

import Foundation
import Synchronization

/// What came instead of a result. Decide by `reason`; `status` is an HTTP status that a backend can hand on.
struct SignupdError: Error, Decodable {
    struct Data: Decodable {
        let reason: String, status: Int
        var field, hint: String?, retryAfter, attemptsLeft: Int?
    }
    let message: String, data: Data
}

private struct Reply<Value: Decodable>: Decodable {
    let result: Value?, error: SignupdError?
}

actor SignupdClient {
    /// The server answers within the request's own timeout; this much longer and the answer is not coming.
    private static let grace = Duration.seconds(5)
    private let path: String, timeoutMilliseconds: Int
    private var connection: Connection?
    private var lastID = 0

    init(path: String, timeoutMilliseconds: Int = 10_000) {
        (self.path, self.timeoutMilliseconds) = (path, timeoutMilliseconds)
    }

    /// The result, or a SignupdError. A lost connection is opened again and the request repeated until its time is up,
    /// with one key for all tries, so it is done once.
    func call<Value: Decodable>(_ method: String, _ params: [String: String], key: UUID = UUID()) async throws -> Value
    {
        let meta: [String: Any] = ["timeout_ms": timeoutMilliseconds, "idempotency_key": key.uuidString]
        let all = (params as [String: Any]).merging(["_meta": meta]) { $1 }
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds) + Self.grace
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        while .now < deadline {
            lastID += 1
            let request: [String: Any] = ["jsonrpc": "2.0", "id": lastID, "method": method, "params": all]
            let line = try JSONSerialization.data(withJSONObject: request) + [UInt8(ascii: "\n")]
            if connection?.isOpen != true { connection = Connection(path: path) }
            if let answer = await connection?.exchange(lastID, line, until: deadline) {
                let reply = try decoder.decode(Reply<Value>.self, from: answer)
                if let result = reply.result { return result }
                if let error = reply.error { throw error }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        // It may have been done: whoever wants to know repeats it with the same key.
        throw SignupdError(message: "signupd did not answer", data: .init(reason: "NO_REPLY", status: 504))
    }
}

/// One socket, the thread that reads it, and the requests that wait for a reply on it.
private final class Connection: Sendable {
    private typealias Request = (deadline: ContinuousClock.Instant, answer: CheckedContinuation<Data?, Never>)
    /// `nil` when the connection has ended.
    private let waiting = Mutex<[Int: Request]?>([:])
    private let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)

    var isOpen: Bool { waiting.withLock { $0 != nil } }

    /// `nil` if nobody serves the path.
    init?(path: String) {
        var address = sockaddr_un(sun_family: sa_family_t(AF_UNIX), sun_path: sockaddr_un().sun_path)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let status = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        // A send that the server does not take breaks off, and the reader looks at deadlines between two reads.
        for (option, seconds) in [(SO_SNDTIMEO, 5), (SO_RCVTIMEO, 1)] {
            var time = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        Thread.detachNewThread { self.read() }
    }

    /// Sends a line and waits for the reply with that id: `nil` if the connection ends or the deadline passes first.
    func exchange(_ id: Int, _ line: Data, until deadline: ContinuousClock.Instant) async -> Data? {
        await withCheckedContinuation { answer in
            waiting.withLock { waiting in
                guard waiting != nil else { return answer.resume(returning: nil) }
                waiting?[id] = (deadline, answer)
                let sent = line.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                // What follows half a line would be lost: the reader sees the end, and ends everything that waits.
                if sent != line.count { shutdown(descriptor, Int32(SHUT_RDWR)) }
            }
        }
    }

    private func read() {
        struct Numbered: Decodable { let id: Int }
        var bytes = Data(), chunk = [UInt8](repeating: 0, count: 65_536)
        while !waiting.withLock({ $0?.values.contains { $0.deadline < .now } ?? false }) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
            while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(bytes[..<end])
                bytes = Data(bytes[(end + 1)...])
                // A line that is no reply is nobody's: whoever waits for it runs into the deadline.
                guard let id = (try? JSONDecoder().decode(Numbered.self, from: line))?.id else { continue }
                waiting.withLock { $0?.removeValue(forKey: id) }?.answer.resume(returning: line)
            }
        }
        waiting.withLock { waiting in
            close(descriptor)
            waiting?.values.forEach { $0.answer.resume(returning: nil) }
            waiting = nil
        }
    }
}
