// A client's connection to signupd: lines out, lines in, with patience.

import Foundation
import TestServers

/// A request, ready to be sent.
struct Request {
    let id: Int
    let method: String
    let params: [String: Any]
}

/// Used by one thread.
final class Connection {
    private let stream: Stream
    private var buffer: [UInt8] = []

    /// `nil` when nobody listens.
    init?(path: String) {
        guard let stream = Endpoint.unix(path: path).connect() else { return nil }
        self.stream = stream
    }

    func close() { Glibc.close(stream.descriptor) }

    func send(_ request: Request) -> Bool {
        let object: [String: Any] = [
            "jsonrpc": "2.0", "id": request.id, "method": request.method, "params": request.params,
        ]
        // Our own dictionaries of text and numbers are always JSON.
        guard let data = try? JSONSerialization.data(withJSONObject: object) else { return false }
        return stream.write(data + [UInt8(ascii: "\n")])
    }

    /// How a wait for a reply ended.
    enum Received {
        case reply([String: Any])
        case closed
    }

    /// The next reply or the end of the connection; `nil` when neither came in time.
    func receive(within patience: Duration) -> Received? {
        let giveUpAt = ContinuousClock.now + patience
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffer[..<end])
                buffer.removeSubrange(...end)
                guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
                    return .closed
                }
                return .reply(object)
            }
            let left = giveUpAt - ContinuousClock.now
            guard left > .zero else { return nil }
            var descriptor = pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard poll(&descriptor, 1, Int32(clamping: milliseconds + 1)) > 0 else { continue }
            guard let more = stream.read() else { return .closed }
            buffer += more
        }
    }
}
