// Which request a reply belongs to, and whether it is good.

import Glibc

/// Reads replies where they lie, by comparing bytes: parsing each would cost more than the server takes to make it. Of JSON it knows
/// only the order in which our own server writes a reply's members; another order fails the run, it does not pass unseen.
struct ReplyChecker {
    private let replies: Requests.Replies
    private let head = Array("{\"jsonrpc\":\"2.0\",\"id\":".utf8)
    private let middle = Array(",\"result\":{".utf8)
    private let mark: [UInt8]

    init(_ replies: Requests.Replies) {
        self.replies = replies
        switch replies {
        case .jsonRPC(let holding): mark = Array(holding.utf8)
        case .ordered(let text): mark = Array(text.utf8)
        }
    }

    /// The place of the request whose reply is next; `nil` until a whole reply is there. Throws for one that is no good.
    func next(in stream: LoadStream) throws -> Int? {
        switch replies {
        case .jsonRPC: try nextLine(in: stream)
        case .ordered: try nextOrdered(in: stream)
        }
    }

    private func nextOrdered(in stream: LoadStream) throws -> Int? {
        let unread = stream.unread
        guard let start = unread.baseAddress, unread.count >= mark.count else { return nil }
        guard memcmp(start, mark, mark.count) == 0, let slot = stream.takeOldest() else {
            throw LoadFailure("a reply that nobody expected: \(Self.text(unread))")
        }
        stream.take(mark.count)
        return slot
    }

    private func nextLine(in stream: LoadStream) throws -> Int? {
        let unread = stream.unread
        guard let start = unread.baseAddress, let end = memchr(start, Int32(UInt8(ascii: "\n")), unread.count) else {
            return nil
        }
        let line = UnsafeRawBufferPointer(start: start, count: start.distance(to: UnsafeRawPointer(end)))
        guard let slot = Self.slot(of: line, head: head, middle: middle, mark: mark) else {
            throw LoadFailure(
                "an error reply, or none that holds \(String(decoding: mark, as: UTF8.self)): \(Self.text(line))"
            )
        }
        stream.take(line.count + 1)
        return slot
    }

    /// `nil` for anything but a good reply.
    private static func slot(of line: UnsafeRawBufferPointer, head: [UInt8], middle: [UInt8], mark: [UInt8]) -> Int? {
        guard let start = line.baseAddress, line.count > head.count, memcmp(start, head, head.count) == 0 else {
            return nil
        }
        var offset = head.count
        var slot = 0
        while offset < line.count, case let digit = line[offset], (48...57).contains(digit), slot < 1 << 40 {
            slot = slot * 10 + Int(digit - 48)
            offset += 1
        }
        guard offset > head.count, line.count - offset > middle.count,
            memcmp(start + offset, middle, middle.count) == 0,
            contains(UnsafeRawBufferPointer(rebasing: line[offset...]), mark)
        else { return nil }
        return slot
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ mark: [UInt8]) -> Bool {
        guard let first = mark.first, bytes.count >= mark.count, var place = bytes.baseAddress else { return false }
        // Beyond this there is no room for all of it.
        let end = place + (bytes.count - mark.count + 1)
        while place < end, let found = memchr(place, Int32(first), place.distance(to: end)) {
            if memcmp(found, mark, mark.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix(400), as: UTF8.self)
    }
}
